"""Feature 29: what is handed out can be installed, run and removed."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from gatehouse import SANITIZER, environment

ROOT = Path(__file__).resolve().parent.parent.parent
INSTALLED = [
    "bin/gatehouse", "share/man/man1/gatehouse.1.gz", "share/bash-completion/completions/gatehouse",
    "share/zsh/site-functions/_gatehouse", "share/fish/vendor_completions.d/gatehouse.fish",
    "share/doc/gatehouse/README.md", "share/doc/gatehouse/LICENSE",
]


@pytest.fixture(scope="module")
def packages(binary, tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("packages")
    made = subprocess.run(
        [str(ROOT / "tools" / "package"), "--binary", str(binary), "--output", str(output)],
        capture_output=True, text=True, timeout=170, env=environment(),
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return output


def works(program: Path, certs: Path, directory: Path) -> None:
    """The program starts its services, and a push arrives."""
    script = (
        f"{program} push --topic $GATEHOUSE_TOPIC --token $GATEHOUSE_TOKEN --alert Hi && "
        f"{program} wait --fate delivered --json"
    )
    # What is handed out has no names of functions, by which a report of leaks could be told from another.
    variables = {"ASAN_OPTIONS": "detect_leaks=0"} if SANITIZER else {}
    result = subprocess.run(
        [str(program), "exec", "--certs", str(certs), "--", "sh", "-c", script],
        capture_output=True, text=True, timeout=60, env=environment(**variables), cwd=directory,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["satisfied"]


def test_feature_29_checksums_are_right(packages):
    lines = (packages / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    assert len(lines) == len(list(packages.iterdir())) - 1
    for line in lines:
        digest, name = line.split()
        assert hashlib.sha256((packages / name).read_bytes()).hexdigest() == digest


def test_feature_29_the_tarball_is_unpacked_and_runs(packages, certs, tmp_path):
    (tarball,) = packages.glob("gatehouse-*.tar.gz")
    with tarfile.open(tarball) as archive:
        archive.extractall(tmp_path, filter="data")
    (tree,) = tmp_path.iterdir()
    for file in [*INSTALLED, "share/systemd/gatehouse.service"]:
        assert (tree / file).is_file(), file
    works(tree / "bin" / "gatehouse", certs, tmp_path)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="not Debian or its kin")
def test_feature_29_the_deb_is_installed_runs_and_is_removed(packages, certs, tmp_path):
    (deb,) = packages.glob("gatehouse_*.deb")
    fields = subprocess.run(["dpkg-deb", "--field", str(deb)], capture_output=True, text=True, check=True).stdout
    assert "libsqlite3-0, libssl3t64 | libssl3, libstdc++6" in fields and "Package: gatehouse" in fields
    # A root of its own: nothing of this machine changes.
    root, database = tmp_path / "root", tmp_path / "root" / "var" / "lib" / "dpkg"
    (database / "updates").mkdir(parents=True)
    (database / "info").mkdir()
    (database / "status").touch()
    dpkg = [
        "dpkg", f"--root={root}", "--force-not-root", "--force-bad-path", "--force-script-chrootless",
        "--force-depends", f"--log={tmp_path / 'log'}",
    ]
    installed = subprocess.run([*dpkg, "--install", str(deb)], capture_output=True, text=True, timeout=120)
    assert installed.returncode == 0, installed.stderr
    for file in [*INSTALLED, "lib/systemd/system/gatehouse.service"]:
        assert (root / "usr" / file).is_file(), file
    works(root / "usr" / "bin" / "gatehouse", certs, tmp_path)
    removed = subprocess.run([*dpkg, "--remove", "gatehouse"], capture_output=True, text=True, timeout=120)
    assert removed.returncode == 0, removed.stderr
    assert not (root / "usr" / "bin" / "gatehouse").exists()


def test_feature_29_the_manual_page_has_every_command_and_is_the_same_each_time(binary):
    pages = {subprocess.run([str(ROOT / "tools" / "manual"), str(binary)], capture_output=True, check=True).stdout
             for _ in range(2)}
    assert len(pages) == 1
    page = pages.pop().decode()
    for command in ("serve", "exec", "certs issue", "device expire", "config show"):
        assert f".SS gatehouse {command}\n" in page
    assert "expose\\-to\\-network" in page
    if shutil.which("man"):
        shown = subprocess.run(
            ["man", "--warnings", "-l", "-"], input=page.encode(), capture_output=True, timeout=60,
            env=environment(MANWIDTH="100", LC_ALL="C.UTF-8"),
        )
        assert shown.returncode == 0
        assert shown.stderr == b"", shown.stderr.decode()


def test_feature_4_the_health_check_of_the_image_needs_no_shell():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    command = json.loads(lines.split("HEALTHCHECK")[1].split("CMD")[1].splitlines()[0])
    assert command[:2] == ["/usr/bin/gatehouse", "ready"]


def test_feature_29_the_variables_of_the_image_are_settings(binary, tmp_path):
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    block = text.split("ENV ")[1].split("VOLUME")[0].replace("\\\n", " ")
    variables = dict(word.split("=", 1) for word in block.split())
    shown = subprocess.run(
        [str(binary), "config", "show", "--json"], capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env=environment(**variables),
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    rows = {row["origin"]: row["value"] for row in json.loads(shown.stdout)["options"]}
    assert {name: rows[name] for name in variables} == variables


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_feature_29_the_unit_is_one(packages, tmp_path):
    unit = tmp_path / "gatehouse.service"
    text = (ROOT / "tools" / "lib" / "gatehouse.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/usr/bin/gatehouse", "/bin/true"), encoding="utf-8")
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr
