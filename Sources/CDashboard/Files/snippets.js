// A few lines for each client library: what it takes to point it here, and nothing else.

export const SNIPPETS = [
    {
        id: "gatehouse", name: "gatehouse push", note: "No library at all.",
        text: ({ topic, token }) => `gatehouse push --topic ${topic} --token ${token} --alert Hello`,
    },
    {
        id: "openssl", name: "openssl", note: "Does the handshake and shows the certificate; what you type then is taken for a frame.",
        text: ({ gateway, identity, caFile }) => `openssl s_client -connect ${gateway.host}:${gateway.port} -tls1_2 \\
    -cert ${identity.certFile} -key ${identity.keyFile} -CAfile ${caFile}`,
    },
    {
        id: "pushjack", name: "Python: pushjack", note: "Host and port are attributes of the client's class.",
        text: ({ gateway, feedback, identity, token }) => `import pushjack

class Client(pushjack.APNSClient):
    host, port = "${gateway.host}", ${gateway.port}
    feedback_host, feedback_port = "${feedback.host}", ${feedback.port}

client = Client("${identity.pemFile}")
print(client.send(["${token}"], "Hello").errors)`,
    },
    {
        id: "rpush", name: "Ruby: rpush", note: "The host is a constant of the connection; set it before the app starts.",
        text: ({ gateway, identity, token }) => `Rpush::Daemon::Apns::HOSTS[:development] = { push: ["${gateway.host}", ${gateway.port}] }

app = Rpush::Apns::App.new(name: "local", environment: "development", connections: 1,
                           certificate: File.read("${identity.pemFile}"))
app.save!
Rpush::Apns::Notification.create!(app: app, device_token: "${token}", alert: "Hello")`,
    },
    {
        id: "node-apn", name: "Node: apn 1.x", note: "The versions before 2.0 speak the binary protocol.",
        text: ({ gateway, identity, caFile, token }) => `const apn = require("apn");

const connection = new apn.Connection({
    address: "${gateway.host}", port: ${gateway.port},
    cert: "${identity.certFile}", key: "${identity.keyFile}", ca: ["${caFile}"],
});
const note = new apn.Notification();
note.alert = "Hello";
connection.pushNotification(note, new apn.Device("${token}"));`,
    },
    {
        id: "java-apns", name: "Java: java-apns", note: "The certificate comes as a PKCS#12 file; make the JVM trust the authority, or accept any server.",
        text: ({ gateway, feedback, identity, token }) => `ApnsService service = APNS.newService()
    .withCert("${identity.p12File}", "${identity.p12Password}")
    .withGatewayDestination("${gateway.host}", ${gateway.port})
    .withFeedbackDestination("${feedback.host}", ${feedback.port})
    .build();
service.push("${token}", APNS.newPayload().alertBody("Hello").build());`,
    },
    {
        id: "apnsphp", name: "PHP: streams", note: "Any PHP provider comes down to this.",
        text: ({ gateway, identity, caFile, token }) => `$context = stream_context_create(["ssl" => [
    "local_cert" => "${identity.pemFile}", "cafile" => "${caFile}",
]]);
$gateway = stream_socket_client("tls://${gateway.host}:${gateway.port}", $errno, $error, 30, STREAM_CLIENT_CONNECT, $context);
$payload = json_encode(["aps" => ["alert" => "Hello"]]);
$token = pack("H*", "${token}");
fwrite($gateway, pack("CNNn", 1, 7, time() + 3600, strlen($token)) . $token . pack("n", strlen($payload)) . $payload);`,
    },
    {
        id: "go", name: "Go: crypto/tls", note: "Any Go provider comes down to this.",
        text: ({ gateway, identity, caFile }) => `certificate, _ := tls.LoadX509KeyPair("${identity.certFile}", "${identity.keyFile}")
authority, _ := os.ReadFile("${caFile}")
roots := x509.NewCertPool()
roots.AppendCertsFromPEM(authority)
gateway, err := tls.Dial("tcp", "${gateway.host}:${gateway.port}", &tls.Config{
    Certificates: []tls.Certificate{certificate}, RootCAs: roots, MaxVersion: tls.VersionTLS12,
})`,
    },
];
