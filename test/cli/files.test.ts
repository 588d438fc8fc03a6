// SPDX-License-Identifier: GPL-2.0-only
/** Files that are written: never one that is read, never half of one, never one twice. */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClosedPipe } from "../../src/cli/io.ts";
import { main } from "../../src/cli/main.ts";
import { memoryIo } from "../../src/cli/memory-io.ts";
import { processIo } from "../../src/cli/process-io.ts";
import { folder, onDisk } from "./disk.ts";

const SCENARIO = `socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3
sendto(3, "hi", 2, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = 2
`;

function scenario(text = SCENARIO): { dir: string; file: string; same: () => void } {
  const dir = folder();
  const file = join(dir, "x.nt");
  writeFileSync(file, text);
  return { dir, file, same: () => expect(readFileSync(file, "utf8")).toBe(text) };
}

const READ = "expected a file other than the one that is read";

describe("an output that is read is refused, and the file is as it was", () => {
  test.each<[string, (dir: string, file: string) => string[]]>([
    ["a scenario", (_, x) => ["run", x, "-o", x]],
    ["a scenario that is updated", (_, x) => ["run", "--update", x, "-o", x]],
    ["the second of two", (d, x) => ["run", join(d, "y.nt"), x, "-o", x]],
    ["through a link", (d, x) => ["run", x, "-o", join(d, "soft")]],
    ["a link that is read", (d, x) => ["run", join(d, "soft"), "-o", x]],
    ["another name of it", (d, x) => ["run", x, "-o", join(d, "hard")]],
    ["a path with detours", (d, x) => ["run", x, "-o", `${d}/sub/..//./x.nt`]],
    ["a network", (_, x) => ["sendto", "127.0.0.1", "9", "--net", x, "-o", x]],
    ["a payload", (_, x) => ["sendto", "127.0.0.1", "9", `@${x}`, "-o", x]],
    ["a kept trace", (d) => ["run", join(d, "expects.nt"), "-o", join(d, "kept.txt")]],
    [
      "a kept trace that is yet to be made",
      (d) => ["run", "--update", join(d, "new.nt"), "-o", join(d, "none.txt")],
    ],
  ])("%s", async (what, argv) => {
    const { dir, file, same } = scenario(what === "a network" ? "ip link set lo up\n" : SCENARIO);
    mkdirSync(join(dir, "sub"));
    writeFileSync(join(dir, "y.nt"), SCENARIO);
    writeFileSync(join(dir, "expects.nt"), `${SCENARIO}expect trace kept.txt\n`);
    writeFileSync(join(dir, "new.nt"), `${SCENARIO}expect trace none.txt\n`);
    writeFileSync(join(dir, "kept.txt"), "kept\n");
    symlinkSync("x.nt", join(dir, "soft"));
    linkSync(file, join(dir, "hard"));
    const words = argv(dir, file);
    const { status, out, err } = await onDisk(words);
    expect([status, out, err]).toEqual([2, "", `nettrace: -o ${words.at(-1)}: ${READ}\n`]);
    same();
    expect(readFileSync(join(dir, "kept.txt"), "utf8")).toBe("kept\n");
    expect(existsSync(join(dir, "none.txt"))).toBe(false);
  });

  test("a trace that --update would write over a scenario", async () => {
    const { dir, file, same } = scenario(`${SCENARIO}expect trace y.nt\n`);
    const other = join(dir, "y.nt");
    writeFileSync(other, SCENARIO);
    for (const files of [
      [file, other],
      [other, file],
    ]) {
      const { status, err } = await onDisk(["run", "--update", ...files]);
      expect([status, err]).toEqual([2, expect.stringContaining(`expect trace`)]);
      expect(err).toContain(READ);
      same();
      expect(readFileSync(other, "utf8")).toBe(SCENARIO);
    }
  });

  test("one file for two outputs", async () => {
    const { dir, file } = scenario();
    for (const name of ["out", "./out", "link"]) {
      if (name === "link") symlinkSync("out", join(dir, name));
      const both = ["--format", "json", "-o", join(dir, "out"), "--format", "strace", "-o", `${dir}/${name}`];
      const { status, err } = await onDisk(["run", file, ...both]);
      expect([status, err]).toEqual([
        2,
        `nettrace: -o ${dir}/${name}: expected a file other than that of another -o\n`,
      ]);
      expect(existsSync(join(dir, "out"))).toBe(false);
    }
  });
});

describe("an output takes the old file's place when it is complete", () => {
  test("through a link, with the old one's permissions, and nothing is left beside it", async () => {
    const { dir, file } = scenario();
    const [out, link] = [join(dir, "out"), join(dir, "link")];
    writeFileSync(out, "old");
    chmodSync(out, 0o646);
    symlinkSync("out", link);
    expect((await onDisk(["run", file, "-o", link])).status).toBe(0);
    expect(readFileSync(out, "utf8")).toMatch(/^socket\(/);
    expect(statSync(out).mode & 0o777).toBe(0o646);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(dir).sort()).toEqual(["link", "out", "x.nt"]);
  });

  test("to where a link leads that is not there yet", async () => {
    const { dir, file } = scenario();
    symlinkSync("new", join(dir, "link"));
    expect((await onDisk(["run", file, "-o", join(dir, "link")])).status).toBe(0);
    expect(readFileSync(join(dir, "new"), "utf8")).toMatch(/^socket\(/);
  });

  test("a run that fails in its middle leaves it whole", async () => {
    const { dir } = scenario();
    const out = join(dir, "out");
    writeFileSync(out, "old");
    const io = { ...memoryIo(), createFile: processIo().createFile, chunks: cut };
    expect(await main(["render", "-", "--as", "json", "-o", out], io)).toBe(2);
    expect(readFileSync(out, "utf8")).toBe("old");
    expect(readdirSync(dir).sort()).toEqual(["out", "x.nt"]);
  });

  test("what is too large to be held is written beside it", () => {
    const dir = folder();
    const out = join(dir, "out");
    writeFileSync(out, "old");
    // A run that was killed left something behind.
    writeFileSync(`${out}.${process.pid}.new`, "stale");
    const sink = processIo().replaceFile(out);
    const piece = new Uint8Array(1024 * 1024).fill(97);
    for (let i = 0; i < 20; i++) sink.write(piece);
    expect(readFileSync(out, "utf8")).toBe("old");
    expect(readdirSync(dir)).toHaveLength(3);
    sink.commit();
    expect(statSync(out).size).toBe(20 * 1024 * 1024);
    expect(readdirSync(dir).sort()).toEqual(["out", `out.${process.pid}.new`]);
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk is one clear line", async () => {
    const { file } = scenario();
    const { status, err } = await onDisk(["run", file, "-o", "/dev/full"]);
    expect([status, err]).toEqual([2, "nettrace: cannot write /dev/full: no space left on device\n"]);
  });

  test("a pipe, a device and a folder are what they are", async () => {
    const { dir, file } = scenario();
    expect((await onDisk(["run", file, "-o", "/dev/null"])).status).toBe(0);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    const { status, err } = await onDisk(["run", file, "-o", dir]);
    expect([status, err]).toEqual([2, `nettrace: cannot write ${dir}: illegal operation on a directory\n`]);
  });
});

/** The beginning of a trace. */
function* cut(): Generator<Uint8Array> {
  yield Buffer.from('{"ev":"machine","uname":"x","network":"","seed":0}\n{"ev":"st');
}

describe("--update", () => {
  test("a file in which nothing changes is not touched", async () => {
    const { file } = scenario("socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3\n");
    const before = statSync(file, { bigint: true });
    expect((await onDisk(["run", "--update", file])).status).toBe(0);
    const after = statSync(file, { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  test("goes on when nobody reads its output any more, and says what it did", async () => {
    const io = memoryIo({ files: { f: SCENARIO.replaceAll("= 2", "= 7") } });
    const closed = {
      ...io,
      stdout: () => {
        throw new ClosedPipe();
      },
    };
    const said: string[] = [];
    expect(await main(["run", "--update", "f"], { ...closed, stderr: (text) => void said.push(text) })).toBe(
      0,
    );
    expect(Buffer.from(io.files.get("f") ?? []).toString()).toBe(SCENARIO);
    expect(said).toEqual(["f: 1 line updated\n"]);
  });

  test("so does what is written with -o", async () => {
    const io = memoryIo();
    const closed = {
      ...io,
      stdout: () => {
        throw new ClosedPipe();
      },
    };
    const formats = ["--format", "json", "-o", "j", "--format", "strace"];
    expect(await main(["sendto", "127.0.0.1", "9", "hi", ...formats], closed)).toBe(0);
    expect(Buffer.from(io.files.get("j") ?? []).toString()).toContain('"when":"after"');
  });
});

test.each(["run", "render", "capture"])("%s of what leads nowhere says so", async (command) => {
  const dir = folder();
  symlinkSync("loop", join(dir, "loop"));
  const { status, err } = await onDisk([command, join(dir, "loop")]);
  expect([status, err]).toEqual([
    2,
    `nettrace: cannot read ${dir}/loop: too many symbolic links encountered\n`,
  ]);
});
