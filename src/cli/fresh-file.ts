// SPDX-License-Identifier: GPL-2.0-only
/** Files written beside the ones that they replace: whatever happens meanwhile, the old one is whole. */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { Buffered, writeNamed } from "./buffered.ts";
import { reason, UsageError } from "./errors.ts";
import type { Chunk, Replacement } from "./io.ts";

/** What is smaller is written when it is complete: until then a Ctrl-C leaves nothing behind. */
const HELD = 16 * 1024 * 1024;

/** More links than Linux follows. */
const MAX_LINKS = 40;

/** A new text for a file, or for one that is not there yet. Throws UsageError where it cannot be written. */
export function freshFile(path: string): Replacement {
  return attempt(path, () => {
    const target = destination(path);
    const old = statSync(target, { throwIfNoEntry: false });
    if (old !== undefined && !old.isFile()) return inPlace(path, "w");
    if (old !== undefined && isStandard(old)) return inPlace(path, "a");
    accessSync(old === undefined ? dirname(target) : target, constants.W_OK);
    return new Fresh(path, target, old);
  });
}

/** The name of the file itself: links are followed, also to what is not there yet. */
export function destination(path: string): string {
  let at = resolve(path);
  for (let n = 0; n < MAX_LINKS && isLink(at); n++) at = resolve(dirname(at), readlinkSync(at));
  return resolve(realpathSync(dirname(at)), basename(at));
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** /dev/stdout and its kin may be ordinary files: what a shell has opened is not replaced. */
function isStandard({ dev, ino }: Stats): boolean {
  return [1, 2].some((fd) => {
    try {
      const stat = fstatSync(fd);
      return stat.dev === dev && stat.ino === ino;
    } catch {
      return false;
    }
  });
}

function inPlace(path: string, flags: "w" | "a"): Replacement {
  const fd = openSync(path, flags);
  const text = new Buffered((bytes) => writeNamed(fd, bytes, path));
  let open = true;
  const close = (flush: boolean): void => {
    if (!open) return;
    open = false;
    try {
      if (flush) text.flush();
    } finally {
      closeSync(fd);
    }
  };
  return {
    write: (chunk) => text.write(chunk),
    finish: () => close(true),
    commit: () => close(true),
    abandon: () => close(true),
  };
}

class Fresh implements Replacement {
  readonly #path: string;
  readonly #target: string;
  readonly #old: Stats | undefined;
  readonly #text = new Buffered((bytes) => this.#take(bytes));
  #held: Uint8Array[] = [];
  #size = 0;
  #fd: number | undefined;
  /** Where it is written; undefined where that is the target itself. */
  #beside: string | undefined;
  #finished = false;

  constructor(path: string, target: string, old: Stats | undefined) {
    this.#path = path;
    this.#target = target;
    this.#old = old;
  }

  write(chunk: Chunk): void {
    this.#text.write(chunk);
  }

  finish(): void {
    if (this.#finished) return;
    this.#text.flush();
    const fd = this.#open();
    this.#finished = true;
    attempt(this.#path, () => closeSync(fd));
  }

  commit(): void {
    this.finish();
    const beside = this.#beside;
    if (beside !== undefined) attempt(this.#path, () => renameSync(beside, this.#target));
    this.#beside = undefined;
  }

  abandon(): void {
    this.#held = [];
    if (this.#fd !== undefined && !this.#finished) closeSync(this.#fd);
    this.#finished = true;
    if (this.#beside !== undefined) rmSync(this.#beside, { force: true });
    this.#beside = undefined;
  }

  #take(bytes: Uint8Array): void {
    this.#size += bytes.length;
    // A copy: the slice of a Buffer is none.
    if (this.#fd === undefined && this.#size <= HELD) this.#held.push(new Uint8Array(bytes));
    else writeNamed(this.#open(), bytes, this.#path);
  }

  /** The descriptor, with all that was held written. */
  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    const fd = attempt(this.#path, () => this.#create());
    this.#fd = fd;
    for (const bytes of this.#held.splice(0)) writeNamed(fd, bytes, this.#path);
    return fd;
  }

  /** A folder that takes no new file, or an owner who cannot be kept: then the old file is written itself. */
  #create(): number {
    const made = createBeside(this.#target, this.#old);
    this.#beside = made?.path;
    return made?.fd ?? openSync(this.#target, "w");
  }
}

interface Made {
  readonly path: string;
  readonly fd: number;
}

/** So many left-overs of killed runs are stepped over. */
const MAX_STALE = 100;

function createBeside(target: string, old: Stats | undefined): Made | undefined {
  for (let n = 0; n < MAX_STALE; n++) {
    const path = `${target}.${process.pid}${n === 0 ? "" : `.${n}`}.new`;
    try {
      const fd = openSync(path, "wx", 0o666);
      if (old === undefined || isLike(fd, old)) return { path, fd };
      closeSync(fd);
      rmSync(path, { force: true });
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") return undefined;
    }
  }
  return undefined;
}

/** Give a file the owner and the permissions of another; false where that may not be done. */
function isLike(fd: number, { uid, gid, mode }: Stats): boolean {
  const mine = fstatSync(fd);
  try {
    if (mine.uid !== uid || mine.gid !== gid) fchownSync(fd, uid, gid);
    fchmodSync(fd, mode & 0o7777);
    return true;
  } catch {
    return false;
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot write ${path}: ${reason(error)}`);
  }
}
