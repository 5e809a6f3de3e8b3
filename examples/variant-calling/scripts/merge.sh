#!/usr/bin/env bash
# merge.sh SAMPLE CHUNKS: merges the sorted chunks of a sample and indexes the result.
set -euo pipefail
sample=$1 chunks=$2
out=work/$sample.bam

sorted=()
for ((chunk = 0; chunk < chunks; chunk++)); do sorted+=("work/sorted/$sample.$chunk.bam"); done

# -c -p: one header for all chunks, which differ only in the record of how each was made.
samtools merge -f -c -p -O bam -o "$out.part" "${sorted[@]}"
mv "$out.part" "$out"
samtools index "$out"
