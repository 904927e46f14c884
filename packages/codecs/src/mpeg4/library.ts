// What is used of mediabunny, by name: bundlers drop the rest of a dynamic import only behind such a module.

export { CustomSource, EncodedPacketSink, Input, Logging, LogLevel, MP4, QTFF } from 'mediabunny';
