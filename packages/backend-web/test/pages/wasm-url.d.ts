// A file's address, as Vite gives it.
declare module '*.wasm?url' {
  const url: string;
  export default url;
}
