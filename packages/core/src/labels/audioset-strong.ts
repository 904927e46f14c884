// The 447 classes of AudioSet-Strong, labels with times, in alphabetical order as models that tell them have them, with their
// machine identifiers. AudioSet's ontology and label names: Google, CC BY 4.0.

import { parseLabels } from './parse-labels.js';

export const audiosetStrongLabels = /* @__PURE__ */ parseLabels(`
/m/07q2z82 Accelerating, revving, vroom
/m/0gvgw0 Air brake
/m/025wky1 Air conditioning
/m/05x_td Air horn, truck horn
/m/0k5j Aircraft
/m/014yck Aircraft engine
/m/07pp_mv Alarm
/m/046dlr Alarm clock
/t/dd00144 Alert
/m/012n7d Ambulance (siren)
/m/0jbk Animal
/m/028ght Applause
/m/0dl83 Arrow
/m/0_1c Artillery fire
/t/dd00142 Audio logo
/m/0261r1 Babbling
/t/dd00002 Baby cry, infant cry
/t/dd00001 Baby laughter
/m/093_4n Background noise
/m/07pws3f Bang
/m/05tny_ Bark
/m/018w8 Basketball bounce
/m/01j2bj Bathroom sounds
/m/03dnzn Bathtub (filling or washing)
/m/04gy_2 Battle cry
/m/01h3n Bee, wasp, etc.
/m/02fs_r Beep, bleep
/m/0395lw Bell
/m/07q4ntr Bellow
/m/07sq110 Belly laugh
/m/0gy1t2s Bicycle bell
/m/0199g Bicycle, tricycle
/m/015p6 Bird
/m/05_wcq Bird flight, flapping wings
/m/020bb7 Bird vocalization, bird call, bird song
/m/07pdhp0 Biting
/m/07q0h5t Bleat
/m/02pjr4 Blender, food processor
/m/019jd Boat, Water vehicle
/m/0dv3j Boiling
/t/dd00121 Boing
/m/04v5dt Booing
/m/07qqyl4 Boom
/m/07pqn27 Bouncing
/m/07rc7d9 Bow-wow
/m/07pc8lb Breaking
/m/0lyf6 Breathing
/t/dd00138 Brief tone
/m/03q5_w Burping, eructation
/m/07qsvvw Burst, pop
/m/01bjv Bus
/m/01z47d Busy signal
/m/07pjwq1 Buzz
/m/030rvx Buzzer
/m/07szfh9 Cacophony
/m/0dv5r Camera
/m/01z5f Canidae, wild dogs, wolves
/m/073cg4 Cap gun
/m/0k4j Car
/m/02mfyn Car alarm
/t/dd00134 Car passing by
/m/08dckq Carbon monoxide detector, CO detector
/m/018p4k Cart
/m/024dl Cash register
/m/01yrx Cat
/m/07r81j2 Caterwaul
/m/01xq0k1 Cattle, bovinae
/m/07r5c2p Caw
/m/01sb50 Cellphone buzz, vibrating alert
/m/0269r2s Chain
/m/01j4z9 Chainsaw
/m/0150b9 Change ringing (campanology)
/t/dd00123 Channel, environment and background
/m/02bk07 Chant
/m/053hz1 Cheering
/m/03cczk Chewing, mastication
/m/09b5t Chicken, rooster
/t/dd00005 Child singing
/m/0ytgt Child speech, kid speaking
/t/dd00013 Children playing
/t/dd00135 Children shouting
/m/0f8s22 Chime
/m/02021 Chipmunk
/m/0hdsk Chirp tone
/m/07pggtn Chirp, tweet
/m/0l14jd Choir
/m/07pczhz Chop
/m/07pn_8q Chopping (food)
/m/07m2kt Chorus effect
/m/07rgt08 Chuckle, chortle
/m/03w41f Church bell
/m/0dgbq Civil defense siren
/m/07rv4dm Clang
/m/0l15bq Clapping
/m/07qmpdm Clatter
/m/07rwm0c Clickety-clack
/m/07qc9xj Clicking
/m/07rv9rh Clip-clop
/m/01x3z Clock
/m/07st89h Cluck
/t/dd00108 Clunk
/m/0242l Coin (dropping)
/m/01m2v Computer keyboard
/m/01h8n0 Conversation
/m/07r_25d Coo
/m/01b_21 Cough
/m/0239kh Cowbell
/m/07qs1cx Crack
/m/07pzfmf Crackle
/m/07qh7jl Creak
/m/09xqv Cricket
/m/07st88b Croak
/m/0hgq8df Crockery breaking and smashing
/m/04s8yn Crow
/m/03qtwd Crowd
/m/07qn5dc Crowing, cock-a-doodle-doo
/t/dd00112 Crumpling, crinkling
/m/07s12q4 Crunch
/m/07plct2 Crushing
/m/0463cq4 Crying, sobbing
/m/0642b4 Cupboard open or close
/m/023pjk Cutlery, silverware
/t/dd00110 Deformable shell
/m/08j51y Dental drill, dentist's drill
/m/015jpf Dial tone
/m/0160x5 Digestive
/m/07phxs1 Ding
/m/07r67yg Ding-dong
/m/04brg2 Dishes, pots, and pans
/m/0g12c5 Distortion
/m/0bt9lr Dog
/m/068hy Domestic animals, pets
/t/dd00147 Dong, bong
/m/0ffhf Donkey, ass
/m/02dgv Door
/m/03wwcy Doorbell
/m/0fqfqc Drawer open or close
/m/01d380 Drill
/m/07r5v4s Drip
/m/04179zz Duck call (hunting tool)
/m/09ddx Ducks, geese, waterfowl
/m/01jnbd Echo
/m/02rr_ Effects unit
/m/0c1tlg Electric rotor drone, quadcopter
/m/02g901 Electric shaver, electric razor
/m/04fgwm Electric toothbrush
/m/0b_fwt Electronic tuner
/m/03j1ly Emergency vehicle
/m/02mk9 Engine
/m/01h82_ Engine knocking
/t/dd00130 Engine starting
/m/06_y0by Environmental noise
/m/098_xr Error signal
/m/07pxg6y Eruption
/m/014zdl Explosion
/m/02_nn Fart
/t/dd00004 Female singing
/m/02zsn Female speech, woman speaking
/m/02p01q Filing (rasp)
/m/07p7b8y Fill (with liquid)
/m/025_jnm Finger snapping
/m/02_41 Fire
/m/0c3f7m Fire alarm
/m/012ndj Fire engine, fire truck (siren)
/g/122z_qxw Firecracker
/m/0g6b5 Fireworks
/m/0cmf2 Fixed-wing aircraft, airplane
/t/dd00118 Fizz
/m/07pyf11 Flap
/m/0h2mp Fly, housefly
/m/04fq5q Foghorn
/m/025rv6n Fowl
/m/09ld4 Frog
/m/0dxrf Frying (food)
/m/02z32qm Fusillade
/m/0939n_ Gargling
/m/07s0dtb Gasp
/m/0l7xg Gears
/t/dd00099 Generic impact sounds
/m/07r660_ Giggle
/m/039jq Glass
/m/07q7njn Glass chink, clink
/m/07rn7sz Glass shatter
/m/03fwl Goat
/m/07svc2k Gobble
/m/07pt6mm Grind
/m/07s2xch Groan
/m/0ghcn6 Growling
/m/07r4k75 Grunt
/m/01dwxx Gull, seagull
/m/032s66 Gunshot, gunfire
/m/07swgks Gurgling, bubbling
/t/dd00088 Gush
/m/03wvsk Hair dryer
/m/03l9g Hammer
/m/0k65p Hands
/m/01jg02 Heart sounds, heartbeat
/t/dd00067 Heavy engine (low frequency)
/m/09ct_ Helicopter
/m/02p3nc Hiccup
/m/07rjwbb Hiss
/m/07qwf61 Honk
/m/07r_80w Hoot
/m/03k3r Horse
/m/07qf0zm Howl
/m/07q8f3b Howl (wind)
/m/07qfr4h Hubbub, speech noise, speech babble
/m/07rcgpl Hum
/t/dd00012 Human group actions
/m/0bpl036 Human locomotion
/m/0dgw9r Human sounds
/m/09l8g Human voice
/m/02fxyj Humming
/m/03cl9h Ice cream truck, ice cream van
/m/07pb8fc Idling
/m/03vt0 Insect
/t/dd00126 Inside, large room or hall
/t/dd00127 Inside, public space
/t/dd00125 Inside, small room
/m/03p19w Jackhammer
/m/04229 Jet engine
/m/027m70_ Jingle bell
/m/07qfgpx Jingle, tinkle
/g/11b630rrvh Kettle whistle
/m/056r_1 Keypress tone
/m/03v3yw Keys jangling
/m/0d4wf Kitchen and dining room sounds
/m/04ctx Knife
/m/07r4wb8 Knock
/m/01j3sz Laughter
/m/01yg9g Lawn mower
/t/dd00065 Light engine (high frequency)
/m/04k94 Liquid
/m/0ch8v Livestock, farm animals, working animals
/m/02ll1_ Lock
/m/04zjc Machine gun
/m/06xkwv Mains hum
/t/dd00003 Male singing
/m/05zppz Male speech, man speaking
/m/01c194 Mantra
/m/06cyt0 Mechanical bell
/m/02x984l Mechanical fan
/t/dd00077 Mechanisms
/t/dd00066 Medium engine (mid frequency)
/m/07qrkrw Meow
/m/0hg7b Microphone
/m/0fx9l Microwave oven
/m/07rpkh9 Moo
/m/09f96 Mosquito
/m/012f08 Motor vehicle (road)
/m/02rlv9 Motorboat, speedboat
/m/04_sv Motorcycle
/m/04rmv Mouse
/m/04rlf Music
/m/02qldy Narration, monologue
/m/07q5rw0 Neigh, whinny
/m/096m7z Noise
/t/dd00061 Non-motorized land vehicle
/m/05kq4 Ocean
/t/dd00018 Oink
/t/dd00122 Other sourceless
/t/dd00128 Outside, urban or manmade
/m/09d5_ Owl
/m/05mxj0q Packing tape, duct tape
/m/07pyy8b Pant
/t/dd00141 Pant (dog)
/m/0641k Paper rustling
/m/07r4gkf Patter
/m/068zj Pig
/m/0h0rv Pigeon, dove
/m/07qwdck Ping
/m/07qyrcz Plop
/m/04qvtq Police car (siren)
/m/07prgkl Pour
/m/0md09 Power saw, circular saw, table saw
/m/0_ksk Power tool
/m/04gxbd Power windows, electric windows
/m/01m4t Printer
/m/02l6bg Propeller, airscrew
/m/07q34h3 Puff
/m/05zc1 Pulleys
/m/07pt_g0 Pulse
/m/07ptzwd Pump (liquid)
/m/02yds9 Purr
/m/07qdb04 Quack
/m/0ltv Race car, auto racing
/m/06bz3 Radio
/m/06d_3 Rail transport
/m/01g50p Railroad car, train wagon
/m/06mb1 Rain
/t/dd00038 Rain on surface
/m/07r10fb Raindrop
/m/06bxc Rapping
/m/02bm9n Ratchet, pawl
/m/07qn4z3 Rattle
/m/040b_t Refrigerator
/m/09hlz4 Respiratory sounds
/m/01b9nn Reverberation
/m/02rhddq Reversing beeps
/m/0bcdqg Ringing tone, ringback tone
/m/01hnzm Ringtone
/m/04cvmfc Roar
/m/0cdnk Roaring cats (lions, tigers)
/m/06hps Rodents, rats, mice
/m/07s8j8t Roll
/m/056ks2 Rowboat, canoe, kayak
/m/07pdjhy Rub
/m/07phhsh Rumble
/m/06h7j Run
/m/07qwyj0 Rustle
/m/0hsrw Sailboat, sailing ship
/m/023vsd Sanding
/m/01b82r Sawing
/m/01lsmm Scissors
/m/07qv4k0 Scrape
/m/07qb_dv Scratch
/m/03qc9zr Screaming
/m/07q8k13 Screech
/m/0llzx Sewing machine
/m/07bgp Sheep
/m/06q74 Ship
/m/07p6fty Shout
/m/02f9f_ Shower
/m/07qv_x_ Shuffle
/m/05rj2 Shuffling cards
/m/07plz5l Sigh
/m/01v_m0 Sine wave
/m/015lz1 Singing
/m/07bjf Single-lens reflex camera
/m/0130jx Sink (filling or washing)
/m/03kmc9 Siren
/m/07p9k1k Sizzle
/m/06_fw Skateboard
/m/07rjzl8 Slam
/m/07ryjzk Slap, smack
/m/02y_763 Sliding door
/m/07p6mqd Slosh
/m/07pqmly Slurp, drinking straw
/m/07pjjrj Smash, crash
/m/01y3hg Smoke detector, smoke alarm
/m/078jl Snake
/m/07pc8l3 Snap
/m/01hsr_ Sneeze
/m/07s04w4 Snicker
/m/07ppn3j Sniff
/m/01d3sd Snoring
/m/07q0yl5 Snort
/t/dd00139 Snort (horse)
/m/0790c Sonar
/m/0193bn Sonic boom
/m/0c1dj Sound effect
/t/dd00091 Sound equipment
/m/07bm98 Sound reproduction
/m/09x0r Speech
/m/0brhx Speech synthesizer
/m/07rrlb6 Splash, splatter
/m/07pl1bw Splinter
/m/07qlf79 Spray
/m/07sx8x_ Squawk
/m/07q6cd_ Squeak
/m/07s02z0 Squeal
/m/07qlwh6 Squish
/m/01lynh Stairs
/m/07rgkc5 Static
/m/06wzb Steam
/m/06hck5 Steam whistle
/m/07ptfmf Stir
/m/01g90h Stomach rumble
/m/07sk0jz Stomp, stamp
/m/0j6m2 Stream, river
/m/0195fx Subway, metro, underground
/t/dd00109 Surface contact
/m/07s13rg Sweeping
/t/dd00006 Synthetic singing
/m/07qcpgn Tap
/m/0fw86 Tap dance
/m/09d1b1 Tape hiss
/m/07qcx4z Tearing
/m/07cx4 Telephone
/m/07pp8cl Telephone bell ringing
/m/02c8p Telephone dialing, DTMF
/m/07c52 Television
/m/0dl9sf8 Throat clearing
/m/07qnq_y Thump, thud
/m/0ngt1 Thunder
/m/0jb2l Thunderstorm
/m/07rrh0c Thunk
/m/07qjznt Tick
/m/07qjznl Tick-tock
/m/0h9mv Tire squeal, skidding
/m/01jt3m Toilet flush
/m/07k1x Tools
/m/012xff Toothbrush
/m/0btp2 Traffic noise, roadway noise
/m/07jdr Train
/m/0284vy3 Train horn
/t/dd00048 Train wheels squealing
/m/04zmvq Train whistle
/m/07pqc89 Trickle, dribble
/m/07r04 Truck
/m/07n_g Tuning fork
/m/01rd7k Turkey
/m/0c2wf Typewriter
/m/0316dw Typing
/t/dd00143 Unknown sound
/m/0d31p Vacuum cleaner
/m/07yv9 Vehicle
/m/0912c9 Vehicle horn, car horn, honking, toot
/m/0zmy2j9 Velcro, hook and loop fastener
/m/0bzvm2 Video game sound
/m/07qw_06 Wail, moan
/m/07pbtc8 Walk, footsteps
/m/0174k2 Washing machine
/m/0838f Water
/m/02jz0l Water tap, faucet
/m/0j2kx Waterfall
/m/034srq Waves, surf
/m/07rdhzs Whack, thwack
/m/032n05 Whale vocalization
/m/07mzm6 Wheeze
/m/07qz6j3 Whimper
/t/dd00136 Whimper (dog)
/m/07rbp7_ Whip
/m/07s34ls Whir
/m/02rtxlg Whispering
/m/0l156k Whistle
/m/01w250 Whistling
/m/0chx_ White noise, pink noise
/m/07rwj3x Whoop
/m/07rqsjt Whoosh, swoosh, swish
/m/01280g Wild animals
/m/0fjy1 Wildfire
/m/03m9d0z Wind
/m/026fgl Wind chime
/t/dd00092 Wind noise (microphone)
/m/02417f Windscreen wiper, windshield wiper
/m/07pk7mg Wobble
/m/079vc8 Wolf-whistling
/m/083vt Wood
/m/081rb Writing
/m/01hhp3 Yak
/m/01j423 Yawn
/m/07sr1lc Yell
/m/07r_k2n Yip
/m/01swy6 Yodeling
/m/07p78v5 Zing
/m/01s0vc Zipper (clothing)
`);
