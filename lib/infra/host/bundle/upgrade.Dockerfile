# The image in which a cluster is brought from one major version to the next: Holdfast's image of the new
# one, and the programs of the old one beside it. There is nothing to run while it is built, and no
# context: "docker build - < Dockerfile" makes it of two images that are there already.
#
# NEW_IMAGE: Holdfast's image of the new version.
# OLD_IMAGE: Holdfast's image of the old version, as the cluster runs in it: with the same extensions.
# OLD_MAJOR: its version.
#
# Both must be made of the same release of Debian: the programs of the old version run on the libraries
# of the new one here, and indexes on text stay right only if both sort alike. What is copied has no
# LLVM, which both servers do without meanwhile.
ARG NEW_IMAGE
ARG OLD_IMAGE
FROM ${OLD_IMAGE} AS old
FROM ${NEW_IMAGE}
ARG OLD_MAJOR
COPY --from=old /usr/lib/postgresql/${OLD_MAJOR} /usr/lib/postgresql/${OLD_MAJOR}
COPY --from=old /usr/share/postgresql/${OLD_MAJOR} /usr/share/postgresql/${OLD_MAJOR}
