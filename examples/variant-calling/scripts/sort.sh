#!/usr/bin/env bash
# sort.sh SAMPLE CHUNK: sorts the alignments of one chunk by position.
set -euo pipefail
in=work/aligned/$1.$2.bam
out=work/sorted/$1.$2.bam

mkdir -p work/sorted
samtools sort -m 128M -O bam -o "$out.part" "$in"
mv "$out.part" "$out"
