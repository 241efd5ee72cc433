"""The API page's sample calls, carried out as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.pictures import drawn_on_paper
from tests.support.tables import case


def described(app_url: str, host: str | None = None) -> dict[str, Any]:
    """What the API page shows, by endpoint."""
    headers = {"Host": host} if host else {}
    endpoints: dict[str, Any] = httpx.get(f"{app_url}gradio_api/info", headers=headers).json()[
        "named_endpoints"
    ]
    return endpoints


def test_every_sample_reads_a_digit(app_url: str, tmp_path: Path) -> None:
    drawn_on_paper(4).save(tmp_path / "digit.png")
    gradio = Path(sys.executable).with_name("gradio")
    endpoints = described(app_url)
    assert endpoints.keys() == {"/read_strokes", "/read_image"}
    for (name, endpoint), digit in zip(endpoints.items(), "74", strict=True):
        samples = endpoint["code_snippets"]
        assert samples.keys() == {"python", "javascript", "bash", "cli"}, name
        commands = {
            "python": [sys.executable, "-c", samples["python"]],
            "bash": ["bash", "-c", samples["bash"]],
            "cli": ["bash", "-c", samples["cli"].replace("{command}", str(gradio))],
        }
        for language, command in commands.items():
            with case(f"{name} {language}"):
                done = subprocess.run(
                    command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
                )
                said = done.stdout.replace(" ", "").splitlines()[
                    -1 if language == "python" else 0 :
                ]
                wanted = digit if language == "python" else f'"text":"{digit}"'
                assert wanted in "".join(said)


def test_the_script_and_the_description_have_an_input_that_is_read(app_url: str) -> None:
    strokes, image = described(app_url).values()
    (parameter,) = strokes["parameters"]
    call = {parameter["parameter_name"]: parameter["example_input"]}
    answer = httpx.post(f"{app_url}gradio_api/call/v2/read_strokes", json=call).json()
    said = httpx.get(f"{app_url}gradio_api/call/read_strokes/{answer['event_id']}").text
    assert '"text": "7"' in said
    # No Node here: its client takes the parameters by name, as plain HTTP does above.
    assert f"{{ strokes: {parameter['example_input']} }}" in strokes["code_snippets"]["javascript"]
    assert image["parameters"][0]["parameter_name"] == "image"
    assert "{ image }" in image["code_snippets"]["javascript"]


def test_samples_name_the_address_by_which_they_were_asked_for(app_url: str) -> None:
    for host in ("digits.example", None):
        for name, endpoint in described(app_url, host).items():
            for language, sample in endpoint["code_snippets"].items():
                root = f"http://{host}" if host else app_url.rstrip("/")
                assert root in sample, (name, language)
