# Digit Sketchpad in a container. Beside a database: compose.yaml. By itself:
#   docker build --tag digit-sketchpad .
#   docker run --read-only --tmpfs /tmp --volume digits:/data --publish 127.0.0.1:7860:7860 digit-sketchpad

# The Python that all tests run with. Every package has wheels for it: no compiler is needed.
FROM python:3.11.14-slim-bookworm

# All that is written goes to /data, what Keras downloads too, or to /tmp.
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    MPLCONFIGDIR=/tmp/matplotlib \
    SKETCHPAD_HOME=/data \
    SKETCHPAD_HOST=0.0.0.0

WORKDIR /app

# Before the code, which changes more often than what it needs.
COPY requirements.txt requirements-hosting.txt requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore \
        --requirement requirements.txt --requirement requirements-hosting.txt \
        --constraint requirements.lock

COPY app.py ./
COPY model ./model
COPY demo ./demo

# Compiled here, as nothing can be written beside the code later.
RUN python -m compileall -q app.py demo model \
    && useradd --uid 1000 --home-dir /data --shell /usr/sbin/nologin sketchpad \
    && install --directory --owner=sketchpad --group=sketchpad --mode=700 /data

USER 1000:1000
VOLUME /data
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/healthz', timeout=5)"]
CMD ["python", "app.py"]
