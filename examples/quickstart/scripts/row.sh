#!/bin/sh
# row.sh ROW: how many steps z = z² + c takes to leave the circle of radius 2, for 72 points c of one row.
# Fixed-point arithmetic: 10000 is one. A point that stays for all steps belongs to the Mandelbrot set.
set -eu
row=$1
steps_max=1500

mkdir -p work
y0=$((12000 - (2 * row + 1) * 500))
column=0
while [ $column -lt 72 ]; do
    x0=$((-22000 + (2 * column + 1) * 15000 / 72))
    x=0 y=0 steps=0
    while [ $steps -lt $steps_max ]; do
        xx=$((x * x / 10000)) yy=$((y * y / 10000))
        [ $((xx + yy)) -le 40000 ] || break
        y=$((2 * x * y / 10000 + y0)) x=$((xx - yy + x0))
        steps=$((steps + 1))
    done
    echo "$steps"
    column=$((column + 1))
done >"work/steps.$row.part"
mv "work/steps.$row.part" "work/steps.$row"
