#!/bin/sh
# summary.sh: the picture, and what was counted.
set -eu
inside=$(cat work/points.inside)
edge=$(cat work/points.edge)
outside=$(cat work/points.outside)

cat work/picture.txt
echo
echo "$inside points inside, $edge at the edge, $outside outside"
# A point stands for 3.0 / 72 by 2.4 / 24 of the plane, that is 1 / 240.
hundredths=$(((inside * 100 + 120) / 240))
printf 'area of the Mandelbrot set: about %d.%02d (known: 1.51)\n' $((hundredths / 100)) $((hundredths % 100))
