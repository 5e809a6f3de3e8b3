#!/usr/bin/env bash
# Unpacks the genome and the reads of phage lambda that Debian's package bowtie2-examples ships.
# Images that leave out /usr/share/doc lack the files though the package is installed: then fetch the package itself.
set -euo pipefail

mkdir -p work
examples=${LAMBDA_EXAMPLES:-/usr/share/doc/bowtie2/examples}

if ! compgen -G "$examples/reference/lambda_virus.fa*" >/dev/null; then
    if ! command -v apt-get >/dev/null; then
        echo "no reads in $examples; install the package bowtie2-examples or set LAMBDA_EXAMPLES" >&2
        exit 1
    fi
    unpacked=$(mktemp -d work/package.XXXXXX)
    trap 'rm -rf "$unpacked"' EXIT
    (cd "$unpacked" && apt-get download -qq bowtie2-examples && dpkg-deb -x bowtie2-examples_*.deb .)
    examples=$unpacked/usr/share/doc/bowtie2/examples
fi

# Debian compresses the larger files of a documentation folder; `zcat -f` passes the others through.
unpack() { zcat -f "$(compgen -G "$examples/$1*")"; }
# One record a line, so that the two mates of a pair can stand side by side.
records() { unpack "$1" | paste - - - -; }

unpack reference/lambda_virus.fa | sed '1s/.*/>NC_001416.1 Enterobacteria phage lambda/' >work/lambda.fa.part
unpack reads/longreads.fq >work/long.fq.part
paste <(records reads/reads_1.fq) <(records reads/reads_2.fq) | tr '\t' '\n' >work/short.fq.part

for file in work/lambda.fa work/long.fq work/short.fq; do
    test -s "$file.part" || { echo "nothing to unpack for $file in $examples" >&2; exit 1; }
    mv "$file.part" "$file"
done
