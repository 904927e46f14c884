#!/usr/bin/env bash
# Makes the spoken words that the demo and the accuracy test use, with espeak-ng (Debian's package):
#   scripts/make-digit-clips.sh
# One clip a digit for the demo; five other voices for the test. 22.05 kHz mono, so that resampling is used.
set -euo pipefail
cd "$(dirname "$0")/.."

words=(zero one two three four five six seven eight nine)

demo=models/spoken-digits/clips
tests=packages/tasks/test/fixtures/digits
mkdir -p "$demo" "$tests"

for digit in "${!words[@]}"; do
  word=${words[$digit]}
  espeak-ng -v en-us+m3 -s 150 -w "$demo/${digit}_$word.wav" "$word"
  for voice in en-us+f2:160 en-gb+m7:140 en-gb-scotland+m1:150; do
    name=${voice%%:*}
    espeak-ng -v "$name" -s "${voice##*:}" -w "$tests/${digit}_${word}_${name/+/-}.wav" "$word"
  done
done
espeak-ng -v en-us+m3 -s 150 -w "$demo/unknown_elephant.wav" elephant
