// SPDX-License-Identifier: GPL-2.0-only
/** A line as a shell takes it apart: its commands, what is piped away, and whose machine or namespace each is for. */
import { withoutSudo } from "../../prompt.ts";
import { shellWords, type Word } from "../../words.ts";

/** A command of a line. */
export interface ShellCommand {
  readonly words: readonly Word[];
  /** Its output goes through other programs: what is printed may be a part of it. */
  readonly piped: boolean;
  /** The namespace, container or host that it is run in; empty for here. */
  readonly where: string;
}

/** `a && b; c 2>/dev/null || true`, `d | grep e`. */
export function commandsOf(line: string): ShellCommand[] {
  const tee = /^(.*?\becho\s+(?:"[^"]*"|'[^']*'|\S+))\s*\|\s*(?:sudo\s+)?tee\s+(\/proc\/sys\/\S+)/.exec(line);
  if (tee !== null) return commandsOf(`${tee[1]} > ${tee[2]}`);
  return parts(shellWords(line).flatMap(split)).flatMap(({ words, piped }) =>
    unwrapped(withoutSudo(words), piped, ""),
  );
}

/** `a;b` is three words of a shell. */
function split(word: Word): Word[] {
  if (word.quoted === true || !/[;|&]/.test(word.text)) return [word];
  const made: Word[] = [];
  for (const m of word.text.matchAll(/&&|\|\||[;|]|&(?![>\d])|(?:[^;|&]|&(?=[>\d]))+/g)) {
    made.push({ ...word, text: m[0], column: word.column + m.index });
  }
  return made;
}

interface Part {
  readonly words: Word[];
  piped: boolean;
}

function parts(words: readonly Word[]): Part[] {
  const made: Part[] = [{ words: [], piped: false }];
  let dead = false;
  for (const word of words) {
    const text = word.quoted === true ? "" : word.text;
    if (/^(?:\d|&)?>(?:>)?(?:\/dev\/null|&\d)$/.test(text)) continue;
    if (text === "|") (made.at(-1) as Part).piped = true;
    if (["&&", ";", "||", "&", "|"].includes(text)) {
      dead = text === "||" || text === "|";
      if (!dead) made.push({ words: [], piped: false });
    } else if (!dead) (made.at(-1) as Part).words.push(word);
  }
  return made.filter((part) => part.words.length > 0);
}

/** Programs that run another one somewhere else, and those that only run it. */
const ELSEWHERE =
  /^(?:docker|podman|nerdctl|kubectl|crictl|oc|lxc|lxc-attach|incus|ssh|nsenter|chroot|adb|vagrant|docker-compose|minikube|multipass|machinectl|virtctl|jexec|pct)$/;
const PLAIN =
  /^(?:watch|nohup|busybox|toybox|command|exec|stdbuf|timeout|nice|su|sh|bash|eval|strace|winpty)$/;
const INNER =
  /^(?:(?:\/usr)?\/s?bin\/)?(?:ip|ifconfig|route|netstat|iptables|iptables-save|iptables-legacy|sysctl|arp|tc)$/;

/** Does a program run another one? */
export function isElsewhere(text: string): boolean {
  return ELSEWHERE.test(text) || PLAIN.test(text);
}

function unwrapped(words: readonly Word[], piped: boolean, where: string): ShellCommand[] {
  const [first] = words;
  if (first === undefined) return [];
  const namespace = namespaceOf(words);
  if (namespace !== undefined) return unwrapped(namespace.words, piped, namespace.where);
  const other = ELSEWHERE.test(first.text);
  if (!other && !PLAIN.test(first.text)) return [{ words, piped, where }];
  const at = words.findIndex((word, i) => i > 0 && INNER.test(word.text));
  const place = other ? `${first.text} ${nameOf(words)}`.trim() : where;
  if (at > 0) return [{ words: withoutSudo(words.slice(at)), piped, where: place }];
  const quoted = words.findIndex((word, i) => i > 0 && INNER.test(word.text.split(/[\s;]/)[0] ?? ""));
  if (quoted < 0) return [{ words, piped, where }];
  const { text, column } = words[quoted] as Word;
  return commandsOf(text).map((inner) => ({
    words: inner.words.map((word) => ({ ...word, column })),
    piped: piped || inner.piped,
    where: inner.where === "" ? place : inner.where,
  }));
}

/** `ip netns exec NAME …`, `ip vrf exec NAME …`, `ip -n NAME …`. */
function namespaceOf(words: readonly Word[]): { words: readonly Word[]; where: string } | undefined {
  const texts = words.map((word) => word.text);
  if (texts[0] !== "ip") return undefined;
  if (texts[1] === "vrf" && texts[2] === "exec" && words.length > 4)
    return { words: withoutSudo(words.slice(4)), where: "" };
  const isNamespace = ["netns", "net"].includes(texts[1] ?? "") && texts[2] === "exec";
  if (isNamespace && words.length > 4) {
    return { words: withoutSudo(words.slice(4)), where: `namespace ${texts[3]}` };
  }
  const at = texts.findIndex((text) => /^-n(?:etns)?$/.test(text));
  if (at < 1 || !texts.slice(1, at).every((text) => text.startsWith("-"))) return undefined;
  return {
    words: [...words.slice(0, at), ...words.slice(at + 2)],
    where: `namespace ${texts[at + 1] ?? ""}`,
  };
}

/** The first word that is no option and no verb: a container, a host. */
function nameOf(words: readonly Word[]): string {
  const verbs = ["exec", "run", "shell", "ssh", "compose"];
  const found = words.slice(1).find(({ text }) => !text.startsWith("-") && !verbs.includes(text));
  return found?.text.slice(0, 60) ?? "";
}
