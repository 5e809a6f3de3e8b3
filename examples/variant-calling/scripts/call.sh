#!/usr/bin/env bash
# call.sh REGION OUT: calls the variants of both samples in one region of the genome. A phage is haploid.
set -euo pipefail
region=$1 out=$2

mkdir -p "$(dirname "$out")"
# -A: in a quarter of the simulated pairs the mates overlap in a way that bowtie2 calls discordant; use them too.
bcftools mpileup -A -r "$region" -a FORMAT/AD,FORMAT/DP -f work/lambda.fa -Ou work/long.bam work/short.bam |
    bcftools call -m -v --ploidy 1 -Ob -o "$out.part"
mv "$out.part" "$out"
