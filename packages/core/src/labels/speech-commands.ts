// The 35 words of Speech Commands V2, with the identifiers that the official AST recipe gives them.

import { parseLabels } from './parse-labels.js';

export const speechCommandsLabels = /* @__PURE__ */ parseLabels(`
/m/spcmd00 backward
/m/spcmd01 follow
/m/spcmd02 five
/m/spcmd03 bed
/m/spcmd04 zero
/m/spcmd05 on
/m/spcmd06 learn
/m/spcmd07 two
/m/spcmd08 house
/m/spcmd09 tree
/m/spcmd10 dog
/m/spcmd11 stop
/m/spcmd12 seven
/m/spcmd13 eight
/m/spcmd14 down
/m/spcmd15 six
/m/spcmd16 forward
/m/spcmd17 cat
/m/spcmd18 right
/m/spcmd19 visual
/m/spcmd20 four
/m/spcmd21 wow
/m/spcmd22 no
/m/spcmd23 nine
/m/spcmd24 off
/m/spcmd25 three
/m/spcmd26 left
/m/spcmd27 marvin
/m/spcmd28 yes
/m/spcmd29 up
/m/spcmd30 sheila
/m/spcmd31 happy
/m/spcmd32 bird
/m/spcmd33 go
/m/spcmd34 one
`);
