#!/usr/bin/env bash
# align.sh SAMPLE CHUNK: aligns one chunk of reads to the genome. bowtie2's summary goes to stderr.
set -euo pipefail
sample=$1 chunk=$2
reads=work/chunks/$sample.$chunk.fq
out=work/aligned/$sample.$chunk.bam

case $sample in
    short) how=(--interleaved "$reads") ;;
    *) how=(--local -U "$reads") ;;
esac

mkdir -p work/aligned
bowtie2 --threads "${GODWIT_CPUS:-1}" --rg-id "$sample" --rg "SM:$sample" -x work/index/lambda "${how[@]}" |
    samtools view -b -o "$out.part" -
mv "$out.part" "$out"
