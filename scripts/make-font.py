# Makes packages/cli/src/picture/font-data.ts: Aileron Regular (Sora Sagano, CC0 1.0) as Pillow carries it,
# printable ASCII, anti-aliased in 16 levels. Needs Pillow; the command does not.
#   python scripts/make-font.py

import base64
import zlib
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

size = 17
font = ImageFont.load_default(size)
ascent, descent = font.getmetrics()
height = ascent + descent
advances, nibbles = [], []
for code in range(32, 127):
    character = chr(code)
    advance = round(font.getlength(character))
    image = Image.new('L', (advance, height))
    ImageDraw.Draw(image).text((0, 0), character, font=font, fill=255)
    advances.append(advance)
    nibbles += [round(level / 17) for level in image.tobytes()]
if len(nibbles) % 2:
    nibbles.append(0)
packed = bytes(high * 16 + low for high, low in zip(nibbles[::2], nibbles[1::2]))
deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
text = base64.b64encode(deflate.compress(packed) + deflate.flush()).decode()
lines = [text[start : start + 100] for start in range(0, len(text), 100)]

target = Path(__file__).parent.parent / 'packages/cli/src/picture/font-data.ts'
target.write_text(
    '// Made by scripts/make-font.py: Aileron Regular by Sora Sagano (CC0 1.0), printable ASCII.\n\n'
    f'/** Pixels from the top of a line to the top of the next. */\nexport const lineHeight = {height};\n\n'
    '/** Widths of the characters from code 32 on. */\n'
    f'export const advances: readonly number[] = {advances};\n\n'
    '/** Their pixels row by row, two to a byte, deflated. */\n'
    'export const pixels = [\n' + ''.join(f"  '{line}',\n" for line in lines) + "].join('');\n"
)
print(target, len(text), 'characters of base64')
