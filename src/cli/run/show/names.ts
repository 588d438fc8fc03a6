// SPDX-License-Identifier: GPL-2.0-only
/** iproute2's names for numbers: /etc/iproute2/rt_scopes, rt_protos, rt_tables. */

const SCOPES: ReadonlyMap<number, string> = new Map([
  [0, "global"],
  [200, "site"],
  [253, "link"],
  [254, "host"],
  [255, "nowhere"],
]);
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, "unspec"],
  [1, "redirect"],
  [2, "kernel"],
  [3, "boot"],
  [4, "static"],
]);
const TABLES: ReadonlyMap<number, string> = new Map([
  [253, "default"],
  [254, "main"],
  [255, "local"],
]);

export function scopeName(scope: number): string {
  return SCOPES.get(scope) ?? String(scope);
}
export function protocolName(protocol: number): string {
  return PROTOCOLS.get(protocol) ?? String(protocol);
}
export function tableName(table: number): string {
  return TABLES.get(table) ?? String(table);
}
