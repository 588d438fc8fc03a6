// SPDX-License-Identifier: GPL-2.0-only
/**
 * net/ipv4/fib_hash.c: a routing table. One zone a prefix length, each a hash of its prefixes; the most specific
 * zone is asked first, so that the longest prefix wins.
 */
import { inlined, note, refuse, traced } from "../../../../trace/traced.ts";
import { EEXIST, EINVAL, ENOENT, ESRCH } from "../../../../uapi/errno.ts";
import { inet_make_mask } from "../../include/linux/inetdevice.ts";
import type { Flowi } from "../../include/net/flow.ts";
import {
  type FibConfig,
  type FibInfo,
  type FibNh,
  type FibResult,
  type FibTable,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_TABLE_DEFAULT,
  RT_TABLE_LOCAL,
  RT_TABLE_MAIN,
  RTN_UNICAST,
  RTNH_F_DEAD,
} from "../../include/net/struct_fib.ts";
import type { Kernel } from "../../kernel.ts";
import { FA_S_ACCESSED, type FibAlias, fib_result_assign } from "./fib_lookup.ts";
import {
  fib_create_info,
  fib_detect_death,
  fib_dump_info,
  fib_find_alias,
  fib_nh_match,
  fib_release_info,
  fib_semantic_match,
  type LastResort,
} from "./fib_semantics.ts";
import { rt_cache_flush } from "./route.ts";

const FILE = "net/ipv4/fib_hash.c";

/** As many buckets as two to the power MAX_ORDER pages hold. */
const FZ_MAX_DIVISOR = (4096 << 11) / 8;

/** struct fib_node: a prefix. */
interface FibNode {
  readonly fn_key: number;
  readonly fn_alias: FibAlias[];
}

/** struct fn_zone: the prefixes of one length. */
export class FnZone {
  readonly fz_order: number;
  readonly fz_mask: number;
  fz_divisor: number;
  fz_hashmask: number;
  fz_nent = 0;
  /** In a bucket the newest prefix is the first. */
  fz_hash: FibNode[][];
  constructor(order: number) {
    this.fz_order = order;
    this.fz_mask = inet_make_mask(order);
    this.fz_divisor = order === 0 ? 1 : 16;
    this.fz_hashmask = this.fz_divisor - 1;
    this.fz_hash = buckets(this.fz_divisor);
  }
  /** For events. */
  plain(): string {
    return `/${this.fz_order}`;
  }
}

/** struct fn_hash: the zones that exist, most specific first, and by length. */
interface FnHash {
  readonly fn_zones: (FnZone | undefined)[];
  readonly fn_zone_list: FnZone[];
}

function buckets(divisor: number): FibNode[][] {
  return Array.from({ length: divisor }, () => []);
}

function fn_hash_of(tb: FibTable): FnHash {
  return tb.tb_data as FnHash;
}

/** The bucket of a prefix. */
export const fn_hash = inlined(FILE, "fn_hash(key, fz)", (_k: Kernel, key: number, fz: FnZone): number => {
  let h = key >>> (32 - fz.fz_order);
  h ^= h >>> 20;
  h ^= h >>> 10;
  h ^= h >>> 5;
  return h & fz.fz_hashmask;
});

/** The part of an address that a zone looks at. */
export const fz_key = inlined(FILE, "fz_key(dst, fz)", (_k: Kernel, dst: number, fz: FnZone): number => {
  return (dst & fz.fz_mask) >>> 0;
});

function bucket_of(k: Kernel, fz: FnZone, key: number): FibNode[] {
  return fz.fz_hash[fn_hash(k, key, fz)] as FibNode[];
}

/** More buckets for a zone that fills up. */
function fn_rehash_zone(k: Kernel, fz: FnZone): void {
  const divisor = fz.fz_divisor === 16 ? 256 : fz.fz_divisor === 256 ? 1024 : fz.fz_divisor * 2;
  if (divisor > FZ_MAX_DIVISOR) return;
  const old = fz.fz_hash;
  fz.fz_hash = buckets(divisor);
  fz.fz_hashmask = divisor - 1;
  fz.fz_divisor = divisor;
  for (const head of old) for (const f of head) bucket_of(k, fz, f.fn_key).unshift(f);
}

function fn_new_zone(table: FnHash, z: number): FnZone {
  const fz = new FnZone(z);
  table.fn_zones[z] = fz;
  const wider = table.fn_zone_list.findIndex((other) => other.fz_order < z);
  table.fn_zone_list.splice(wider === -1 ? table.fn_zone_list.length : wider, 0, fz);
  return fz;
}

/** Find the route in this table: 0 and `res`, 1 for none, or the error that the matching route stands for. */
export const fn_hash_lookup = traced(
  FILE,
  "fn_hash_lookup(tb, flp, res)",
  (k: Kernel, tb: FibTable, flp: Flowi, res: FibResult): number => {
    for (const fz of fn_hash_of(tb).fn_zone_list) {
      const key = fz_key(k, flp.fl4_dst, fz);
      const head = fz.fz_hash[fn_hash(k, key, fz)] as FibNode[];
      for (const f of head) {
        if (f.fn_key !== key) continue;
        const err = fib_semantic_match(k, f.fn_alias, flp, res, fz.fz_order);
        if (err <= 0) return err;
      }
    }
    note(k, "no route in this table", { table: tb.tb_id, dst: flp.fl4_dst });
    return 1;
  },
);

/** Of several default routes through gateways, take one whose gateway seems alive, each in its turn. */
export const fn_hash_select_default = traced(
  FILE,
  "fn_hash_select_default(tb, flp, res)",
  (k: Kernel, tb: FibTable, _flp: Flowi, res: FibResult): void => {
    const fz = fn_hash_of(tb).fn_zones[0];
    if (fz === undefined) {
      note(k, "the table has no default route");
      return;
    }
    const last: LastResort = { last_resort: null, last_idx: -1 };
    const chosen = res.fi as FibInfo;
    let fi: FibInfo | null = null;
    let order = -1;
    for (const f of fz.fz_hash[0] as FibNode[]) {
      for (const fa of f.fn_alias) {
        const next_fi = fa.fa_info;
        const nh = next_fi.fib_nh[0] as FibNh;
        if (fa.fa_scope !== res.scope || fa.fa_type !== RTN_UNICAST) continue;
        if (next_fi.fib_priority > chosen.fib_priority) break;
        if (nh.nh_gw === 0 || nh.nh_scope !== RT_SCOPE_LINK) continue;
        fa.fa_state |= FA_S_ACCESSED;
        if (fi === null) {
          // The lookup found some other route than the first default one: leave it alone.
          if (next_fi !== chosen) break;
        } else if (fib_detect_death(k, fi, order, last, tb.tb_default) === 0) {
          fib_result_assign(k, res, fi);
          tb.tb_default = order;
          return;
        }
        fi = next_fi;
        order++;
      }
    }
    if (order <= 0 || fi === null) {
      note(k, "at most one default route: nothing to choose");
      tb.tb_default = -1;
      return;
    }
    if (fib_detect_death(k, fi, order, last, tb.tb_default) === 0) {
      fib_result_assign(k, res, fi);
      tb.tb_default = order;
      return;
    }
    if (last.last_idx >= 0) {
      note(k, "no gateway is known to be alive: use the last resort", { order: last.last_idx });
      fib_result_assign(k, res, last.last_resort);
    }
    tb.tb_default = last.last_idx;
  },
);

/** The prefix a request names, as a zone keeps it, or -EINVAL where bits beyond its length are set. */
function config_key(k: Kernel, cfg: FibConfig, fz: FnZone): number {
  if (cfg.fc_dst === 0) return 0;
  if ((cfg.fc_dst & ~fz.fz_mask) !== 0) {
    return refuse(k, -EINVAL, "destination has bits set beyond its prefix length", {
      daddr: cfg.fc_dst,
      prefixlen: cfg.fc_dst_len,
    });
  }
  return fz_key(k, cfg.fc_dst, fz);
}

function exists(k: Kernel, cfg: FibConfig): number {
  return refuse(k, -EEXIST, "the table already has a route with this prefix, TOS and metric", {
    daddr: cfg.fc_dst,
    prefixlen: cfg.fc_dst_len,
    table: cfg.fc_table,
  });
}

function no_such_route(k: Kernel, cfg: FibConfig): number {
  return refuse(k, -ESRCH, "no route with this prefix in the table", {
    daddr: cfg.fc_dst,
    prefixlen: cfg.fc_dst_len,
    table: cfg.fc_table,
  });
}

/** Add a route: 0 or -errno. */
export function fn_hash_insert(k: Kernel, tb: FibTable, cfg: FibConfig): number {
  const table = fn_hash_of(tb);
  if (cfg.fc_dst_len > 32) {
    return refuse(k, -EINVAL, "prefix length exceeds 32", { prefixlen: cfg.fc_dst_len });
  }
  const fz = table.fn_zones[cfg.fc_dst_len] ?? fn_new_zone(table, cfg.fc_dst_len);
  const key = config_key(k, cfg, fz);
  if (key < 0) return key;
  const fi = fib_create_info(k, cfg);
  if (typeof fi === "number") return fi;
  if (
    fz.fz_nent > fz.fz_divisor << 1 &&
    fz.fz_divisor < FZ_MAX_DIVISOR &&
    (cfg.fc_dst_len === 32 || 1 << cfg.fc_dst_len > fz.fz_divisor)
  )
    fn_rehash_zone(k, fz);
  const err = fn_insert_alias(k, fz, key, cfg, fi);
  // Refused, or nothing changed: the reference that fib_create_info took goes back.
  if (err !== 0) fib_release_info(k, fi);
  return Math.min(err, 0);
}

/** What insertion leaves to say when a route is asked to replace itself. */
const UNCHANGED = 1;

/** Find the place among the routes to the same prefix and put it there. 0, -errno or {@link UNCHANGED}. */
function fn_insert_alias(k: Kernel, fz: FnZone, key: number, cfg: FibConfig, fi: FibInfo): number {
  const head = bucket_of(k, fz, key);
  const f = head.find((node) => node.fn_key === key);
  const list = f?.fn_alias ?? [];
  const first = fib_find_alias(list, cfg.fc_tos, fi.fib_priority);
  let at = first;
  const fa = list[first];
  if (fa !== undefined && fa.fa_tos === cfg.fc_tos && fa.fa_info.fib_priority === fi.fib_priority) {
    if ((cfg.fc_nlflags & NLM_F_EXCL) !== 0) return exists(k, cfg);
    // Behind the last with the same TOS and metric, unless the very same route stands there.
    let match = -1;
    for (at = first; at < list.length; at++) {
      const other = list[at] as FibAlias;
      if (other.fa_tos !== cfg.fc_tos || other.fa_info.fib_priority !== fi.fib_priority) break;
      if (other.fa_type === cfg.fc_type && other.fa_scope === cfg.fc_scope && other.fa_info === fi) {
        match = at;
        break;
      }
    }
    if ((cfg.fc_nlflags & NLM_F_REPLACE) !== 0) {
      if (match !== -1) return match === first ? UNCHANGED : exists(k, cfg);
      fn_replace_alias(k, fa, cfg, fi);
      return 0;
    }
    if (match !== -1) return exists(k, cfg);
    if ((cfg.fc_nlflags & NLM_F_APPEND) === 0) at = first;
  }
  if ((cfg.fc_nlflags & NLM_F_CREATE) === 0) {
    return refuse(k, -ENOENT, "no route with this prefix to change", {
      daddr: cfg.fc_dst,
      table: cfg.fc_table,
    });
  }
  const new_fa = {
    fa_info: fi,
    fa_tos: cfg.fc_tos,
    fa_type: cfg.fc_type,
    fa_scope: cfg.fc_scope,
    fa_state: 0,
  };
  list.splice(at === -1 ? list.length : at, 0, new_fa);
  if (f === undefined) {
    head.unshift({ fn_key: key, fn_alias: list });
    fz.fz_nent++;
  }
  rt_cache_flush(k, k.init_net, -1);
  return 0;
}

/** NLM_F_REPLACE: the first route of this TOS and metric becomes another. */
function fn_replace_alias(k: Kernel, fa: FibAlias, cfg: FibConfig, fi: FibInfo): void {
  const dropped = fa.fa_info;
  const state = fa.fa_state;
  fa.fa_info = fi;
  fa.fa_type = cfg.fc_type;
  fa.fa_scope = cfg.fc_scope;
  fa.fa_state &= ~FA_S_ACCESSED;
  fib_release_info(k, dropped);
  if ((state & FA_S_ACCESSED) !== 0) rt_cache_flush(k, k.init_net, -1);
}

/** Is this the route that a request to delete means? What it doesn't name, it doesn't ask. */
function is_meant(fa: FibAlias, cfg: FibConfig): boolean {
  const fi = fa.fa_info;
  return (
    (cfg.fc_type === 0 || fa.fa_type === cfg.fc_type) &&
    (cfg.fc_scope === RT_SCOPE_NOWHERE || fa.fa_scope === cfg.fc_scope) &&
    (cfg.fc_prefsrc === 0 || fi.fib_prefsrc === cfg.fc_prefsrc) &&
    (cfg.fc_protocol === 0 || fi.fib_protocol === cfg.fc_protocol) &&
    fib_nh_match(cfg, fi) === 0
  );
}

/** Delete a route: 0 or -errno. */
export function fn_hash_delete(k: Kernel, tb: FibTable, cfg: FibConfig): number {
  if (cfg.fc_dst_len > 32) {
    return refuse(k, -EINVAL, "prefix length exceeds 32", { prefixlen: cfg.fc_dst_len });
  }
  const fz = fn_hash_of(tb).fn_zones[cfg.fc_dst_len];
  if (fz === undefined) return no_such_route(k, cfg);
  const key = config_key(k, cfg, fz);
  if (key < 0) return key;
  const head = bucket_of(k, fz, key);
  const f = head.find((node) => node.fn_key === key);
  if (f === undefined) return no_such_route(k, cfg);
  const first = fib_find_alias(f.fn_alias, cfg.fc_tos, 0);
  if (first === -1) return no_such_route(k, cfg);
  for (let i = first; i < f.fn_alias.length; i++) {
    const fa = f.fn_alias[i] as FibAlias;
    if (fa.fa_tos !== cfg.fc_tos) break;
    if (!is_meant(fa, cfg)) continue;
    f.fn_alias.splice(i, 1);
    if (f.fn_alias.length === 0) remove_node(fz, head, f);
    if ((fa.fa_state & FA_S_ACCESSED) !== 0) rt_cache_flush(k, k.init_net, -1);
    fib_release_info(k, fa.fa_info);
    return 0;
  }
  return no_such_route(k, cfg);
}

function remove_node(fz: FnZone, head: FibNode[], f: FibNode): void {
  head.splice(head.indexOf(f), 1);
  fz.fz_nent--;
}

/** Throw out the dead routes. How many were there? */
export function fn_hash_flush(k: Kernel, tb: FibTable): number {
  let found = 0;
  for (const fz of fn_hash_of(tb).fn_zone_list) {
    for (const head of fz.fz_hash) {
      for (const f of [...head]) {
        for (const fa of [...f.fn_alias]) {
          if ((fa.fa_info.fib_flags & RTNH_F_DEAD) === 0) continue;
          f.fn_alias.splice(f.fn_alias.indexOf(fa), 1);
          fib_release_info(k, fa.fa_info);
          found++;
        }
        if (f.fn_alias.length === 0) remove_node(fz, head, f);
      }
    }
  }
  return found;
}

/** Every route of a table in the order of a dump: zone, bucket, prefix, alias. */
export function fn_hash_dump(k: Kernel, tb: FibTable, realms?: true): string[] {
  const out: string[] = [];
  fn_hash_each(tb, (key, fz, fa) => out.push(fib_dump_info(k, tb.tb_id, fa, key, fz.fz_order, realms)));
  return out;
}

/** Walk a table as a dump and /proc/net/route do. */
export function fn_hash_each(tb: FibTable, visit: (key: number, fz: FnZone, fa: FibAlias) => void): void {
  for (const fz of fn_hash_of(tb).fn_zone_list)
    for (const head of fz.fz_hash) for (const f of head) for (const fa of f.fn_alias) visit(f.fn_key, fz, fa);
}

const TABLE_NAMES: ReadonlyMap<number, string> = new Map([
  [RT_TABLE_DEFAULT, "default"],
  [RT_TABLE_MAIN, "main"],
  [RT_TABLE_LOCAL, "local"],
]);

/** A new, empty table. */
export function fib_hash_table(k: Kernel, id: number): FibTable {
  const data: FnHash = { fn_zones: [], fn_zone_list: [] };
  const tb: FibTable = {
    oid: k.oid("tb"),
    tb_id: id,
    tb_default: -1,
    tb_lookup: fn_hash_lookup,
    tb_insert: fn_hash_insert,
    tb_delete: fn_hash_delete,
    tb_flush: fn_hash_flush,
    tb_select_default: fn_hash_select_default,
    tb_data: data,
  };
  k.object_names.set(tb.oid, TABLE_NAMES.get(id) ?? `table${id}`);
  return tb;
}

/** fib_flag_trans: RTF_* of /proc/net/route. */
function fib_flag_trans(type: number, mask: number, fi: FibInfo): number {
  let flags = type === 7 || type === 8 ? 0x0200 : 0;
  if ((fi.fib_nh[0] as FibNh).nh_gw !== 0) flags |= 0x2;
  if (mask === 0xffffffff) flags |= 0x4;
  return flags | 0x1;
}
/** A big-endian number as its 32 bits look to a little-endian machine's %08X. */
function be32_hex(value: number): string {
  const swapped = ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | (value << 24)) >>> 0;
  return swapped.toString(16).toUpperCase().padStart(8, "0");
}

/** /proc/net/route: the main table. */
export function fib_seq_show(tb: FibTable | null): string {
  const line = (s: string): string => `${s.padEnd(127)}\n`;
  let out = line("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT");
  if (tb === null) return "";
  fn_hash_each(tb, (key, fz, fa) => {
    const fi = fa.fa_info;
    const nh = fi.fib_nh[0] as FibNh;
    const flags = fib_flag_trans(fa.fa_type, fz.fz_mask, fi).toString(16).toUpperCase().padStart(4, "0");
    const [mtu, window, rtt] = [fi.fib_metrics[7] ?? 0, fi.fib_metrics[2] ?? 0, fi.fib_metrics[3] ?? 0];
    out += line(
      [
        nh.nh_dev?.name ?? "*",
        be32_hex(key),
        be32_hex(nh.nh_gw),
        flags,
        0,
        0,
        fi.fib_priority,
        be32_hex(fz.fz_mask),
        mtu === 0 ? 0 : mtu + 40,
        window,
        rtt >>> 3,
      ].join("\t"),
    );
  });
  return out;
}
