"""Every command in README.md and the articles is run, as it stands there.

A block marked `sh` is run by a shell in a directory of its page's, beside a running server, with `gatehouse` on the PATH.
A block whose first line is a comment with a file's name is that file. `needs=NAME` on a block names a program or a Python
module without which it is left out.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gatehouse import environment

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "Sources" / "Gatehouse" / "Gatehouse.docc").glob("*.md"))]
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"^(?:#|//|<\?php //) (\w+\.\w+)$")
# Parts of pages that show how a command is written: placeholders, not commands.
SYNOPSIS = re.compile(r"[\[\]|…<>{}]|\b(ID|TIME|HEX|COMMAND|FILE|ACTION|DURATION|URL|T|X)\b")

COMMAND = re.compile(r"^(gatehouse|curl|tools/run|openssl)\b", re.MULTILINE)
# The usual addresses, which belong to whoever has them on this machine.
USUAL = {
    "http://127.0.0.1:8195": "$GATEHOUSE_CONTROL_URL",
    "127.0.0.1:2195": "$GATEHOUSE_GATEWAY_HOST:$GATEHOUSE_GATEWAY_PORT",
}


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(match["info"], match["text"]) for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def is_missing(need: str) -> bool:
    return shutil.which(need) is None and (not need.isidentifier() or importlib.util.find_spec(need) is None)


def script(page: Path, directory: Path) -> str:
    """The page's commands, one block after the other; its files are written on the way."""
    parts = []
    for info, text in blocks(page):
        name = FILE_NAME.match(text.split("\n", 1)[0])
        if name and not info.startswith("sh"):
            (directory / name[1]).write_text(text, encoding="utf-8")
        if info.split(" ")[0] != "sh":
            continue
        need = re.search(r"needs=(\S+)", info)
        if need and is_missing(need[1]):
            continue
        for address, variable in USUAL.items():
            text = text.replace(address, variable)
        parts.append(text)
    return "\n".join(parts)


@pytest.fixture
def shell(binary, certs, tmp_path):
    """Runs a page's commands as a reader does who has a server in another terminal."""
    programs = tmp_path / "programs"
    programs.mkdir()
    # What runs until it is stopped is running already; with options of its own it is another one.
    gatehouse = programs / "gatehouse"
    gatehouse.write_text(f'#!/bin/sh\n[ "$*" = serve ] && exit 0\nexec "{binary}" "$@"\n', encoding="utf-8")
    tools = tmp_path / "work" / "tools"
    tools.mkdir(parents=True)
    (tools / "run").symlink_to(gatehouse)
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    for program in (gatehouse, python):
        program.chmod(0o755)

    def run(text: str):
        variables = environment(
            PATH=f"{programs}{os.pathsep}{os.environ['PATH']}", XDG_DATA_HOME=str(certs), PYTHONDONTWRITEBYTECODE="1"
        )
        command = [str(binary), "exec", "--", "sh", "-e", "-c", text]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=170, cwd=tools.parent, env=variables
        )

    run.directory = tools.parent
    return run


@pytest.mark.parametrize("page", [page for page in PAGES if "```sh" in page.read_text(encoding="utf-8")], ids=lambda p: p.stem)
def test_the_commands_of_a_page_do_what_it_says(shell, page):
    text = script(page, shell.directory)
    result = shell(text)
    assert result.returncode == 0, f"{text}\n{result.stdout}\n{result.stderr}"
    if page.name == "README.md":
        assert "delivered" in result.stdout
        assert "all that a provider hears: 080800000003" in result.stdout
        for word in ("rejected 8", "discarded"):
            assert word in result.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_command_of_a_page_escapes_being_run(page):
    for info, text in blocks(page):
        if info or SYNOPSIS.search(text):
            continue
        assert not COMMAND.search(text), f"{page.name}: mark this block `sh`:\n{text}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"<doc:(\w+)>", text):
        assert (ROOT / "Sources" / "Gatehouse" / "Gatehouse.docc" / f"{name}.md").is_file(), f"{page.name}: {name}"
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


SYNTAX = {
    "javascript": ["node", "--check", "{}"], "ruby": ["ruby", "-c", "{}"], "php": ["php", "-l", "{}"],
    "go": ["gofmt", "-l", "{}"], "java": ["javac", "-d", ".", "{}"], "python": [sys.executable, "-m", "py_compile", "{}"],
}


@pytest.mark.parametrize("language", SYNTAX)
def test_the_programs_of_the_pages_are_well_formed(language, tmp_path):
    command = SYNTAX[language]
    found = []
    for page in PAGES:
        for info, text in blocks(page):
            name = FILE_NAME.match(text.split("\n", 1)[0])
            if info == language and name:
                (tmp_path / name[1]).write_text(text, encoding="utf-8")
                found.append(name[1])
    assert found, f"no program in {language}"
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    for name in found:
        checked = subprocess.run(
            [word.format(name) for word in command], capture_output=True, text=True, timeout=120, cwd=tmp_path
        )
        assert checked.returncode == 0, checked.stderr
