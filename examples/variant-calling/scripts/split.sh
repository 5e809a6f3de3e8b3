#!/usr/bin/env bash
# split.sh SAMPLE CHUNK CHUNKS: every CHUNKS-th read (or pair) of a sample, beginning with number CHUNK.
set -euo pipefail
sample=$1 chunk=$2 chunks=$3
out=work/chunks/$sample.$chunk.fq

case $sample in
    short) lines=8 ;; # a pair: two records of four lines, one after the other
    *) lines=4 ;;
esac

mkdir -p work/chunks
awk -v lines="$lines" -v chunk="$chunk" -v chunks="$chunks" \
    'int((NR - 1) / lines) % chunks == chunk' "work/$sample.fq" >"$out.part"
mv "$out.part" "$out"
