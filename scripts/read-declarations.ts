/** A part of a type or class, with what is written above it. */
export interface Member {
  readonly name: string;
  readonly optional: boolean;
  readonly isMethod: boolean;
  /** Its type, or for methods its signature from the parenthesis on. */
  readonly type: string;
  readonly doc: string;
}

/** An exported declaration of a source file, with what is written above it. */
export interface Declaration {
  readonly kind: "interface" | "class" | "type" | "function";
  readonly name: string;
  /** The head: for types and functions all that is no body. */
  readonly code: string;
  readonly doc: string;
  readonly members: readonly Member[];
}

const DECLARATION =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?(?:^\/\/ biome-ignore.*\n)?^export (?:async )?(interface|class|type|function) (\w+)([\s\S]*?)^(?=\/\*\*|export|import|const|function|class|interface|type|async|$(?![\s\S]))/gm;

/**
 * The exported declarations of a source file. Reads the text as the formatter leaves it (members indented by two, the closing brace alone at its
 * line's start): the compiler has no interface for programs.
 */
export function readDeclarations(source: string): ReadonlyMap<string, Declaration> {
  const declarations = new Map<string, Declaration>();
  for (const [, comment = "", kind = "", name = "", rest = ""] of source.matchAll(DECLARATION)) {
    const isBraced = kind === "interface" || kind === "class";
    const [head = "", body = ""] = isBraced ? split(rest, " {\n") : [rest, ""];
    const code = kind === "function" ? `function ${name}${signatureOf(rest)}` : `${kind} ${name}${head}`.trim();
    declarations.set(name, {
      kind: kind as Declaration["kind"],
      name,
      code: code.replace(/;$/, ""),
      doc: textOf(comment),
      members: isBraced ? membersOf(body) : [],
    });
  }
  return declarations;
}

function split(text: string, at: string): [string, string] {
  const place = text.indexOf(at);
  return place === -1 ? [text, ""] : [text.slice(0, place), text.slice(place + at.length)];
}

const MEMBER =
  /(?: {2}(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n)?^ {2}(?:\/\/.*\n {2})*(?:override |readonly |declare |static )*(async )?(\*?\[?[\w$.]+\]?)(\?)?(<[^(]*>)?([:(][\s\S]*?)(?=^ {2}(?:\/\*\*|\/\/|[\w[#*])|^\}|^\n)/gm;

function membersOf(body: string): readonly Member[] {
  const members: Member[] = [];
  for (const [, comment = "", , name = "", optional = "", generic = "", rest = ""] of body.matchAll(MEMBER)) {
    if (comment.includes("@internal") || name === "constructor") continue;
    const isMethod = rest.startsWith("(");
    const type = isMethod ? generic + signatureOf(rest) : rest.slice(1).replace(/ = [\s\S]*$/, "");
    members.push({ name, optional: optional !== "", isMethod, type: oneLine(type), doc: textOf(comment) });
  }
  return members;
}

/** Of a function or method: parameters and result, without the body. */
function signatureOf(text: string): string {
  const body = /\{\n|;\s*$/.exec(text);
  return oneLine(body === null ? text : text.slice(0, body.index));
}

function oneLine(code: string): string {
  return code
    .replace(/\/\*\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/([([{<]) /g, "$1")
    .replace(/,? ([)\]}>])/g, "$1")
    .replace(/[;\s]+$/, "")
    .replace(/^ ?\| /, "")
    .trim();
}

function textOf(comment: string): string {
  return comment
    .replace(/^\s*\/\*\*|\*\/\s*$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s*@throws (?:as )?/g, " Throws ")
    .replace(/\s*@internal/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
