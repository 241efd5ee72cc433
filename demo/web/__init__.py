"""HTTP: everything before and around Gradio."""
