// The 50 classes of ESC-50, with the identifiers that the official AST recipe gives them.

import { parseLabels } from './parse-labels.js';

export const esc50Labels = /* @__PURE__ */ parseLabels(`
/m/07rwj00 dog
/m/07rwj01 rooster
/m/07rwj02 pig
/m/07rwj03 cow
/m/07rwj04 frog
/m/07rwj05 cat
/m/07rwj06 hen
/m/07rwj07 insects
/m/07rwj08 sheep
/m/07rwj09 crow
/m/07rwj10 rain
/m/07rwj11 sea_waves
/m/07rwj12 crackling_fire
/m/07rwj13 crickets
/m/07rwj14 chirping_birds
/m/07rwj15 water_drops
/m/07rwj16 wind
/m/07rwj17 pouring_water
/m/07rwj18 toilet_flush
/m/07rwj19 thunderstorm
/m/07rwj20 crying_baby
/m/07rwj21 sneezing
/m/07rwj22 clapping
/m/07rwj23 breathing
/m/07rwj24 coughing
/m/07rwj25 footsteps
/m/07rwj26 laughing
/m/07rwj27 brushing_teeth
/m/07rwj28 snoring
/m/07rwj29 drinking_sipping
/m/07rwj30 door_wood_knock
/m/07rwj31 mouse_click
/m/07rwj32 keyboard_typing
/m/07rwj33 door_wood_creaks
/m/07rwj34 can_opening
/m/07rwj35 washing_machine
/m/07rwj36 vacuum_cleaner
/m/07rwj37 clock_alarm
/m/07rwj38 clock_tick
/m/07rwj39 glass_breaking
/m/07rwj40 helicopter
/m/07rwj41 chainsaw
/m/07rwj42 siren
/m/07rwj43 car_horn
/m/07rwj44 engine
/m/07rwj45 train
/m/07rwj46 church_bells
/m/07rwj47 airplane
/m/07rwj48 fireworks
/m/07rwj49 hand_saw
`);
