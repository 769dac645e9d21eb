# gened as a container: one program, the libraries it needs, nothing else.
#
#   docker build -t gened .
#   docker run --rm -p 127.0.0.1:8080:8080 gened
#
# It needs no capability, no writable root and no user of its own; a tmpfs on
# /tmp holds the scratch folders of evaluations:
#
#   docker run --rm -p 127.0.0.1:8080:8080 --read-only --tmpfs /tmp \
#       --cap-drop ALL --security-opt no-new-privileges --memory 512m gened
#
# Every flag of gened is a GENED_... variable as well; prefer those to
# arguments, since the health check reads them too.

FROM debian:bookworm-slim AS build
SHELL ["/bin/bash", "-euc"]
WORKDIR /src
COPY deploy/packages.sh deploy/
RUN . deploy/packages.sh && install_packages "${build_packages[@]}"
COPY CMakeLists.txt CMakePresets.json LICENSE README.md ./
COPY vm vm
COPY server server
COPY api api
ARG GENED_COMMIT=
RUN cmake --preset release -DGENED_COMMIT="$GENED_COMMIT" && \
    cmake --build build/release --target gened && \
    cmake --install build/release --component service --strip \
        --prefix /image/usr

# What the loader would load, with the notices that belong to it.
RUN ldd /image/usr/bin/gened | grep -o '/[^ ]*' | while read -r library; do \
        cp --dereference --parents "$library" /image; \
        dpkg -S "*/${library##*/}" | cut -d: -f1; \
    done | sort -u | while read -r package; do \
        cp --dereference --parents "/usr/share/doc/$package/copyright" /image; \
    done && \
    cp --parents /etc/ssl/certs/ca-certificates.crt \
        /usr/share/doc/libjs-codemirror/copyright /image && \
    install -d -m 1777 /image/tmp

FROM scratch
COPY --from=build /image /
USER 65532:65532
# Inside a container every address is the container's own, and who may reach
# it is decided where its port is published. Elsewhere gened asks for API keys
# before it listens on any address but 127.0.0.1.
ENV GENED_LISTEN=0.0.0.0:8080 \
    GENED_ALLOW_ANONYMOUS=1
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["/usr/bin/gened", "--check-health"]
ENTRYPOINT ["/usr/bin/gened"]
