"""Ink in, digit out: never imports tensorflow."""
