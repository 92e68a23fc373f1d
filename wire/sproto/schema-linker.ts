// Schema linker: declarations as a schema, with names resolved and everything checked. Pure: host,
// clients, guests.
// A type's name is looked for in the type where it is used, then in the ones around that, then
// among all.
// Invariant: a schema that was returned has no name without a meaning.

import {
  parseSchema,
  type FieldDeclaration,
  type ProtocolDeclaration,
  type TypeDeclaration,
} from "./schema-parser.ts";
import {
  Schema,
  type Content,
  type Field,
  type Protocol,
  type Shape,
  type StructType,
} from "./schema.ts";
import { schemaInvalid, unusable } from "./sproto-refusal.ts";
import { sprotoLimits } from "./sproto-limits.ts";

/** A type whose fields are filled in once all types are known. */
type OpenType = { readonly name: string; fields: Field[]; declaration: TypeDeclaration };
type OpenTypes = ReadonlyMap<string, OpenType>;

const keyTypes: ReadonlySet<string> = new Set(["integer", "string", "boolean", "double"]);
const plainKinds = ["boolean", "double", "string", "binary"] as const;

/** The schema that a text declares, or SPROTO_SCHEMA_INVALID with the line. */
export function linkSchema(text: string): Schema {
  if (typeof text !== "string") throw unusable(`a schema is a text, not ${typeof text}`);
  if (text.length > sprotoLimits.schemaCharsMax) {
    const most = `${sprotoLimits.schemaCharsMax} (schemaCharsMax)`;
    throw unusable(`the schema has ${text.length} characters; at most ${most} are allowed`);
  }
  const declared = parseSchema(text);
  const types = openTypes(declared.types);
  for (const type of types.values()) type.fields = fieldsOf(type.declaration, types);
  return new Schema(types, protocolsOf(declared.protocols, types));
}

function openTypes(declarations: readonly TypeDeclaration[]): OpenTypes {
  const types = new Map<string, OpenType>();
  for (const declaration of declarations) {
    const { name, line, fields } = declaration;
    if (types.has(name)) throw schemaInvalid(`there is a second type ${name}`, line);
    checkFields(name, fields);
    types.set(name, { name, fields: [], declaration });
  }
  return types;
}

function checkFields(type: string, fields: readonly FieldDeclaration[]): void {
  const names = new Set<string>();
  const tags = new Set<number>();
  for (const { name, tag, line } of fields) {
    if (names.has(name)) throw schemaInvalid(`type ${type} has a second field ${name}`, line);
    if (tags.has(tag)) throw schemaInvalid(`type ${type} has a second field with tag ${tag}`, line);
    if (name === "__proto__") {
      throw schemaInvalid(`type ${type} has a field __proto__, which no object can hold`, line);
    }
    names.add(name);
    tags.add(tag);
  }
}

function fieldsOf({ name: owner, fields }: TypeDeclaration, types: OpenTypes): Field[] {
  const ordered = fields.toSorted((one, other) => one.tag - other.tag);
  return ordered.map((declaration) => {
    const { name, tag } = declaration;
    const content = contentOf(declaration, owner, types);
    const shape = shapeOf(declaration, content, types);
    return { name, place: `${owner}.${name}`, tag, content, shape };
  });
}

function contentOf(declaration: FieldDeclaration, owner: string, types: OpenTypes): Content {
  const { name, typeName, argument, line } = declaration;
  if (typeName === "integer") return { kind: "integer", scale: scaleOf(declaration) };
  if (typeof argument === "number") {
    throw schemaInvalid(`field ${name} has decimals, and only integers have`, line);
  }
  const plain = plainKinds.find((kind) => kind === typeName);
  if (plain !== undefined) return { kind: plain };
  const type = resolve(typeName, owner, types);
  if (type === undefined) {
    throw schemaInvalid(`field ${owner}.${name} is of type ${typeName}, which is not there`, line);
  }
  return { kind: "struct", type };
}

function scaleOf({ name, argument, line }: FieldDeclaration): number | undefined {
  if (argument === undefined) return undefined;
  const most = sprotoLimits.decimalsMax;
  if (typeof argument === "number" && argument <= most) return 10 ** argument;
  const shown = typeof argument === "number" ? `${argument} decimals` : `a key "${argument}"`;
  throw schemaInvalid(`integer ${name} has ${shown}; 0 to ${most} decimals are allowed`, line);
}

/** The type that `name` means in type `owner`. */
function resolve(name: string, owner: string, types: OpenTypes): OpenType | undefined {
  let around = owner;
  while (around !== "") {
    const type = types.get(`${around}.${name}`);
    if (type !== undefined) return type;
    around = around.slice(0, Math.max(0, around.lastIndexOf(".")));
  }
  return types.get(name);
}

function shapeOf(declaration: FieldDeclaration, content: Content, types: OpenTypes): Shape {
  const { name, isArray, argument, line } = declaration;
  if (typeof argument !== "string") return { kind: isArray ? "list" : "one" };
  if (!isArray) throw schemaInvalid(`field ${name} has a key and is no array: put * there`, line);
  if (content.kind !== "struct") {
    throw schemaInvalid(`field ${name} has a key, and only arrays of types have`, line);
  }
  const { declaration: held } = types.get(content.type.name) as OpenType;
  if (argument !== "") {
    const key = held.fields.find((field) => field.name === argument);
    if (key === undefined) {
      throw schemaInvalid(`the key of ${name}, ${held.name}.${argument}, is not there`, line);
    }
    return { kind: "keyed", key: keyOf(declaration, key) };
  }
  const [key, value, ...more] = held.fields.toSorted((one, other) => one.tag - other.tag);
  if (key === undefined || value === undefined || more.length > 0) {
    const count = held.fields.length;
    throw schemaInvalid(`map ${name} is of ${held.name}, which has ${count} fields, not 2`, line);
  }
  return { kind: "map", key: keyOf(declaration, key), value: value.name };
}

/** A key is one number, boolean or text: what a Map finds again. */
function keyOf({ name, line }: FieldDeclaration, key: FieldDeclaration): string {
  if (!key.isArray && keyTypes.has(key.typeName)) return key.name;
  const type = `${key.isArray ? "*" : ""}${key.typeName}`;
  throw schemaInvalid(
    `the key of ${name}, ${key.name}, is of type ${type}; it must be integer, string, boolean or ` +
      "double",
    line,
  );
}

function protocolsOf(declarations: readonly ProtocolDeclaration[], types: OpenTypes): Protocol[] {
  const names = new Set<string>();
  const tags = new Set<number>();
  return declarations.map((declaration) => {
    const { name, tag, line } = declaration;
    if (names.has(name)) throw schemaInvalid(`there is a second protocol ${name}`, line);
    if (tags.has(tag)) throw schemaInvalid(`there is a second protocol with tag ${tag}`, line);
    names.add(name);
    tags.add(tag);
    const response = partOf(declaration, "response", types);
    const request = partOf(declaration, "request", types);
    return { name, tag, request: request === "nil" ? undefined : request, response };
  });
}

function partOf(
  declaration: ProtocolDeclaration,
  part: "request" | "response",
  types: OpenTypes,
): StructType | "nil" | undefined {
  const named = declaration[part];
  if (named === undefined || named === "nil") return named;
  const type = types.get(named);
  if (type !== undefined) return type;
  const { name, line } = declaration;
  throw schemaInvalid(`the ${part} of protocol ${name} is ${named}, which is not there`, line);
}
