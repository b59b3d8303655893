# One image for every function: a static binary and CA roots, nothing that could be out of date.
#
#   docker build --build-arg FUNCTION=kintone-export .
#
# deploy.sh puts the binary and the roots into dist/ first; for schema-migrate the migrations, too.
FROM scratch
ARG FUNCTION
COPY infra/image/ /etc/
COPY dist/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY dist/${FUNCTION}/ /
USER 65532:65532
ENTRYPOINT ["/bootstrap"]
