"""The API page's sample calls, which run as they stand.

Gradio's own would need a picture from another host, and its cURL one a shell other than bash.
"""

from __future__ import annotations

import json
from string import Template

SEVEN = [[[10, 10], [60, 10], [30, 90]]]
PICTURE = "digit.png"
"""A picture of the caller's own."""

_STROKES = json.dumps(SEVEN)
_FILE = '{"path": "%s", "meta": {"_type": "gradio.FileData"}}'

_SAMPLES = {
    "/read_strokes": {
        "python": f"""\
from gradio_client import Client

client = Client("$root")
answer = client.predict({_STROKES}, api_name="/read_strokes")
print(answer["text"])""",
        "javascript": f"""\
import {{ Client }} from "@gradio/client";

const client = await Client.connect("$root");
const answer = await client.predict("/read_strokes", {{ strokes: {_STROKES} }});
console.log(answer.data[0].text);""",
        "bash": f"""\
curl -s $root/gradio_api/run/read_strokes \\
  -H "Content-Type: application/json" \\
  -d '{{"data": [{_STROKES}]}}'""",
        "cli": f"""{{command}} predict $root /read_strokes '{{"strokes": {_STROKES}}}'""",
    },
    "/read_image": {
        "python": f"""\
from gradio_client import Client, handle_file

client = Client("$root")
answer = client.predict(handle_file("{PICTURE}"), api_name="/read_image")
print(answer["text"])""",
        "javascript": f"""\
import {{ openAsBlob }} from "node:fs";
import {{ Client }} from "@gradio/client";

const client = await Client.connect("$root");
const image = await openAsBlob("{PICTURE}");
const answer = await client.predict("/read_image", {{ image }});
console.log(answer.data[0].text);""",
        "bash": f"""\
FILE=$$(curl -s $root/gradio_api/upload -F files=@{PICTURE} | tr -d '[]"')
curl -s $root/gradio_api/run/read_image \\
  -H "Content-Type: application/json" \\
  -d '{{"data": [{_FILE % "'$$FILE'"}]}}'""",
        "cli": f"""{{command}} predict $root /read_image '{{"image": {_FILE % PICTURE}}}'""",
    },
}


def samples(endpoint: str, root: str) -> dict[str, str]:
    """Sample calls of an endpoint by language, named as Gradio's page about the API does.

    Args:
        endpoint: such as `/read_image`.
        root: the page's address, without a slash at its end.
    """
    calls = _SAMPLES[endpoint].items()
    return {language: Template(call).substitute(root=root) for language, call in calls}
