# A recipe: `docker build -t coordination .`, then `docker run --rm -v "$PWD/made:/made" coordination`.
# The packages are those of requirements.lock, by their hashes; the run itself needs no network (`--network none`).
FROM python:3.12-slim-bookworm

# Their versions follow the image; no result depends on them.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git make \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 1000 reader

WORKDIR /home/reader/coordination
COPY --chown=1000 . .
USER 1000
RUN make .venv/.complete
VOLUME /made
ENTRYPOINT ["make", "OUTPUT_ROOT=/made"]
CMD ["all"]
