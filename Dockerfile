# An image with Gatehouse and what it needs, and nothing else. From the root of a checkout:
#
#     docker build -t gatehouse .
#     docker run --rm -p 127.0.0.1:2195:2195 -p 127.0.0.1:2196:2196 -p 127.0.0.1:8195:8195 gatehouse
FROM swift:6.2-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN swift build -c release --static-swift-stdlib --product gatehouse \
    && install -D "$(swift build -c release --static-swift-stdlib --show-bin-path)/gatehouse" /out/gatehouse

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-0 libssl3 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/gatehouse gatehouse
COPY --from=build /out/gatehouse /usr/bin/gatehouse
USER gatehouse
# Inside a container the loopback address reaches nobody. What is published, and to whom, `docker run -p` decides.
ENV GATEHOUSE_EXPOSE_TO_NETWORK=on \
    GATEHOUSE_GATEWAY=0.0.0.0:2195 \
    GATEHOUSE_FEEDBACK=0.0.0.0:2196 \
    GATEHOUSE_COURIER=0.0.0.0:5223 \
    GATEHOUSE_CONTROL=0.0.0.0:8195 \
    GATEHOUSE_CERTS=/var/lib/gatehouse/certs
VOLUME /var/lib/gatehouse
EXPOSE 2195 2196 5223 8195
# Without a shell. The port is named, because GATEHOUSE_CONTROL says where to listen and not where to ask.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
    CMD ["/usr/bin/gatehouse", "ready", "--control", "http://127.0.0.1:8195"]
ENTRYPOINT ["/usr/bin/gatehouse"]
CMD ["serve"]
