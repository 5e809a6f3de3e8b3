# Reads the lines of `samtools depth -a` (sequence, position, depth) and draws the mean depth of equal windows.
# Variables: sample (the title), format ("txt": block characters; "svg": a curve).

BEGIN { windows = format == "svg" ? 240 : 72 }

{ name = $1; depth[NR] = $3; sum += $3; if ($3 == 0) bare++ }

END {
    if (NR == 0) { print "no depths to draw for " sample > "/dev/stderr"; exit 1 }
    length_bp = NR
    mean = sum / length_bp
    for (i = 1; i <= length_bp; i++) {
        w = int((i - 1) * windows / length_bp)
        total[w] += depth[i]; count[w]++
    }
    for (w = 0; w < windows; w++) {
        height[w] = count[w] ? total[w] / count[w] : 0
        if (height[w] > top) top = height[w]
    }
    top = 20 * (int(top / 20) + 1)
    title = sprintf("%s: %d bp of %s, mean depth %.1f, %d bp without a read", sample, length_bp, name, mean, bare)
    if (format == "svg") draw_svg(); else draw_text()
}

function draw_text(    rows, row, w, eighths, line) {
    split("▁ ▂ ▃ ▄ ▅ ▆ ▇ █", block, " ")
    rows = 5
    print title
    for (row = rows - 1; row >= 0; row--) {
        line = sprintf("%4d ", top * (row + 1) / rows)
        for (w = 0; w < windows; w++) {
            eighths = int(height[w] / top * rows * 8 + 0.5) - row * 8
            line = line (eighths <= 0 ? " " : block[eighths > 8 ? 8 : eighths])
        }
        print line
    }
    printf "   0 1%" (windows - 1) "s\n", length_bp " bp"
}

function draw_svg(    w, x, kb) {
    print "<svg xmlns='http://www.w3.org/2000/svg' width='800' height='240' font-family='sans-serif' font-size='12'>"
    print "<rect width='800' height='240' fill='white'/>"
    printf "<text x='50' y='20'>%s</text>\n", title
    printf "<path fill='#9ecae1' stroke='#3182bd' d='M50 200"
    for (w = 0; w < windows; w++) {
        x = 50 + (w + 0.5) * 720 / windows
        printf " L%.1f %.1f", x, y(height[w])
    }
    print " L770 200 Z'/>"
    printf "<path stroke='#de2d26' stroke-dasharray='4' d='M50 %.1f H770'/>\n", y(mean)
    print "<path stroke='black' fill='none' d='M50 35 V200 H770'/>"
    for (w = 0; w <= 4; w++)
        printf "<text x='44' y='%.1f' text-anchor='end'>%d</text>\n", y(top * w / 4) + 4, top * w / 4
    for (kb = 0; kb * 1000 <= length_bp; kb += 10)
        printf "<text x='%.1f' y='216' text-anchor='middle'>%d kb</text>\n", 50 + kb * 1000 * 720 / length_bp, kb
    print "</svg>"
}

function y(value) { return 200 - 165 * value / top }
