// Import reader: which modules a module's text imports, as V8 reads it.
// A cell's thread. Used while a program is gathered, before its own isolate exists.
// Invariant: the text is parsed in an isolate of its own and never run.

import { syntaxFault } from "./faults.ts";
import { ivm, type Ivm } from "./vm.ts";

const readerMemoryMb = 64; // sourceBytesMax as an abstract syntax tree, with room

export class ImportReader {
  readonly #isolate: Ivm.Isolate = new ivm.Isolate({ memoryLimit: readerMemoryMb });

  /** Fails with SERVICE_LOAD_FAILED: a syntax error, with its place. */
  importsOf(text: string, file: string): readonly string[] {
    try {
      const module = this.#isolate.compileModuleSync(text, { filename: file });
      const specifiers = [...module.dependencySpecifiers];
      module.release();
      return specifiers;
    } catch (error) {
      throw syntaxFault(error, file);
    }
  }

  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }
}
