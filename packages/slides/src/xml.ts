/** An element of a parsed XML text; names are without their namespace prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Text directly inside it, trimmed. */
  readonly text: string;
}

interface OpenElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/** Metadata of a slide are some hundred elements; an OME-XML of a plate some ten thousand. */
const MAX_ELEMENTS = 200_000;
const MAX_DEPTH = 64;
/** Labels and macros inside the text take some megabytes. */
const MAX_LENGTH = 16 << 20;
const MAX_NUMBERED = 100_000;
const TOKEN = /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<(\/?)([^\s<>/]+)((?:\s(?:[^<>"']|"[^"]*"|'[^']*')*?)?)(\/?)>/y;
// Names begin after a space: a long run of anything else is passed over once.
const ATTRIBUTE = /(?<!\S)([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * The root element of an XML text; `undefined` when it is none that slides hold. Document types are refused, so that there are no
 * entities to expand; depth and number of elements are bounded.
 */
export function parseXml(text: string): XmlElement | undefined {
  try {
    return parse(text);
  } catch (error) {
    // An attribute of many megabytes is more than the engine of regular expressions takes.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function parse(text: string): XmlElement | undefined {
  if (text.length > MAX_LENGTH || text.split('&#').length > MAX_NUMBERED) return undefined;
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open: OpenElement[] = [root];
  let elements = 0;
  for (let at = text.indexOf('<'); at >= 0 && at < text.length; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (token === null) return undefined;
    const [, cdata, closing, name, attributes = '', empty] = token;
    const parent = open.at(-1) as OpenElement;
    if (cdata !== undefined) parent.text += cdata;
    if (name !== undefined && closing === '') {
      if (++elements > MAX_ELEMENTS || open.length > MAX_DEPTH || name.startsWith('!')) return undefined;
      const element: OpenElement = { name: localName(name), attributes: readAttributes(attributes), children: [], text: '' };
      parent.children.push(element);
      if (empty === '') open.push(element);
    } else if (name !== undefined) {
      if (open.length < 2 || parent.name !== localName(name)) return undefined;
      parent.text = parent.text.trim();
      open.pop();
    }
    const next = text.indexOf('<', TOKEN.lastIndex);
    if (next < 0) break;
    if (open.length > 1) (open.at(-1) as OpenElement).text += decodeText(text.slice(TOKEN.lastIndex, next));
    at = next;
  }
  return open.length === 1 ? root.children[0] : undefined;
}

/** All elements of a name below `element`, in order of the text. */
export function* descendants(element: XmlElement, name: string): Generator<XmlElement> {
  for (const child of element.children) {
    if (child.name === name) yield child;
    yield* descendants(child, name);
  }
}

/** The first element of a name below `element`. */
export function firstDescendant(element: XmlElement, name: string): XmlElement | undefined {
  for (const found of descendants(element, name)) return found;
  return undefined;
}

function readAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) {
    Object.defineProperty(attributes, name === 'xmlns' ? name : localName(name), {
      value: decodeText(double ?? single ?? ''),
      enumerable: true,
      configurable: true,
    });
  }
  return attributes;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function decodeText(text: string): string {
  if (!text.includes('&')) return text;
  const named = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'");
  const numbered = named.replace(/&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));/g, (whole, hex?: string, decimal?: string) => {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    // An ampersand must not become the beginning of another reference.
    if (code === 38) return '&amp;';
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
  return numbered.replaceAll('&amp;', '&');
}
