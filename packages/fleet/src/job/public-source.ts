// What may be shown of where a sound is. A presigned address lets whoever reads it have the file, and is another each
// time that it is made.

/** What addresses are signed by: AWS, Google, CloudFront, and the first two as they were. */
const signature =
  /^(x-(amz|goog)-.*|signature|expires|awsaccesskeyid|googleaccessid|key-pair-id|policy|sig)$/i;
/** Of Azure's signatures, whose names are short enough to mean something else without `sig` beside them. */
const beside = /^(s[vretpi]|spr|srt|ss|ske|sks|skt|skv|skoid|sktid)$/i;

/** The source without a name, a password or a signature. A path is what it was. */
export function publicSource(source: string): string {
  if (!/^https?:[^?]*@|^https?:.*\?/i.test(source) || !URL.canParse(source)) return source;
  const url = new URL(source);
  const isSigned = url.searchParams.has('sig');
  const parameters = url.search.slice(1).split('&'); // as they stand: to write them anew would spell them another way
  const shown = parameters.filter((parameter) => {
    const [name] = parameter.split('=', 1) as [string];
    return !signature.test(name) && !(isSigned && beside.test(name));
  });
  if (`${url.username}${url.password}` === '' && shown.length === parameters.length) return source;
  url.username = '';
  url.password = '';
  url.search = shown.join('&');
  return url.href;
}
