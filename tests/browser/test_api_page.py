"""Gradio's page about the API: the calls that it shows are ours."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def test_it_shows_calls_that_work(desktop: Page) -> None:
    desktop.get_by_role("button", name="Use via API").click()
    strokes = "[[[10, 10], [60, 10], [30, 90]]]"
    shown = desktop.locator("pre:visible, code:visible")
    expect(shown.filter(has_text=f"client.predict({strokes}").first).to_be_visible()
    expect(shown.filter(has_text="foo")).to_have_count(0)
    desktop.get_by_role("listitem").filter(has_text="cURL").click()
    data = f'{{"data": [{strokes}]}}'
    expect(shown.filter(has_text=data).first).to_be_visible()
