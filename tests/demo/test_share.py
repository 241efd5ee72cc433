"""The public link leads to the address that the app listens on."""

from __future__ import annotations

import gradio.networking
import pytest

from demo.header.share import Share
from model.service.settings import Settings


def test_the_link_leads_to_the_address_that_is_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gradio's tunnel needs the internet: only what it would be asked for is looked at."""
    asked = []

    def tunnel(host: str, port: int, *_: object) -> str:
        asked.append((host, port))
        return "https://x.gradio.live"

    monkeypatch.setattr(gradio.networking, "setup_tunnel", tunnel)
    for host, local in (
        ("127.0.0.1", "127.0.0.1"),
        ("192.168.1.20", "192.168.1.20"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "::1"),
    ):
        settings = Settings(host=host, port=7861)
        Share().open(settings.local_host, settings.port, "login")
        assert asked[-1] == (local, 7861), host
        assert "https://x.gradio.live/?login=login" in capsys.readouterr().out, host
