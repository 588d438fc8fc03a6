// SPDX-License-Identifier: GPL-2.0-only
/** What the default view folds away, unless there is something to it. */
import type { FateEvent, Reason, Value } from "./event.ts";
import type { Call, Item } from "./tree.ts";

/**
 * Bookkeeping: functions that the default view folds away (with all they call) unless they fail or have something to
 * say. They keep references, lists, memory and statistics; mostly, none of them decides what becomes of a datagram.
 */
const QUIET: ReadonlySet<string> = new Set(
  [
    "sockfd_lookup_light fget_light fput_light audit_sockaddr SET_TC_AT trace_net_dev_xmit trace_net_dev_queue",
    "trace_netif_receive_skb trace_netif_rx trace_kfree_skb trace_skb_copy_datagram_iovec trace_napi_poll kfree_ip_options",
    "sock_from_file sock_update_classid sock_update_netprioidx security_socket_sendmsg",
    "security_sk_classify_flow security_skb_classify_flow security_xfrm_decode_session security_sock_rcv_skb",
    "security_socket_create security_socket_post_create security_sk_alloc security_socket_bind security_socket_connect",
    "security_socket_recvmsg security_socket_setsockopt security_socket_getsockopt security_socket_getsockname",
    "security_socket_getpeername security_sk_free",
    "lock_sock lock_sock_nested release_sock proto_has_rhel_ext sock_i_uid sock_prot_inuse_add inet_get_local_port_range",
    "inet_rps_record_flow netpoll_rx sock_tx_timestamp udplite_sk_init rt_genid rt_caching rt_hash fz_key fn_hash fib_get_table fib_rules_tclass set_class_tag",
    "dst_release __dst_alloc arp_hash neigh_alloc policy_to_flow_dir xfrm_pols_put xfrm_policy_get_afinfo",
    "alloc_skb __alloc_skb skb_pad skb_put skb_push skb_pull skb_set_owner_w skb_set_owner_r skb_orphan sock_wfree sock_rfree",
    "sock_def_write_space sock_alloc_send_pskb memcpy_fromiovecend csum_partial_copy_fromiovecend ip_cork_release",
    "ip_generic_getfrag",
    "ip_select_ttl icmp_xmit_lock icmp_xmit_unlock icmp_sk icmp_out_count icmp_glue_bits nf_ct_attach",
    "skb_update_prio netdev_pick_tx netif_skb_features harmonize_features skb_network_protocol illegal_highdma",
    "skb_needs_linearize netif_needs_gso net_timestamp get_rps_cpu ____napi_schedule net_rps_action handle_ing",
    "kfree_skb __kfree_skb consume_skb skb_release_all skb_release_head_state skb_release_data kfree_skbmem skb_drop_list",
    "skb_drop_fraglist skb_clone __skb_clone __copy_skb_header skb_morph skb_copy_bits skb_checksum __skb_checksum",
    "__skb_checksum_complete_head skb_copy_and_csum_bits skb_queue_tail skb_dequeue skb_headers_offset_update",
    "sock_mmap __sk_mem_schedule __sk_mem_reclaim sock_rmem_free kmap_skb_frag kunmap_skb_frag",
    "raw_icmp_error xfrm4_policy_check __xfrm_decode_session _decode_session4 unlink_from_unused inet_putpeer",
    "dev_name_hash dev_index_hash __dev_get_by_name __dev_get_by_index move_addr_to_user",
    "ip_send_check ip_skb_dst_mtu ip_dont_fragment ip_copy_metadata compare_keys rt_is_expired rt_score rt_valuable",
    "nf_hook nf_hook_thresh ip_options_echo raw_local_deliver udp4_csum_init udp_lib_checksum_complete",
    "__skb_checksum_complete ip_setup_cork dst_alloc rt_set_nexthop xfrm_lookup __xfrm_lookup",
    "fib_rule_match fib4_rule_match inet_is_reserved_local_port udp_lib_lport_inuse",
    "neigh_lookup neigh_event_send icmpv4_xrlim_allow eth_type_trans move_addr_to_kernel",
    "inet_addr_type ip_dev_find sock_alloc_send_skb enqueue_to_backlog",
    "eth_header_cache ip_finish_skb sock_enable_timestamp sock_disable_timestamp",
    "e1000_maybe_stop_tx e1000_tso e1000_tx_csum e1000_tx_map e1000_tx_queue",
  ].flatMap((line) => line.split(" ")),
);

/** What a question of these answers when all is well: any other answer decides something, and is shown. */
const BLAND: ReadonlyMap<string, number> = new Map([
  ["nf_hook", 1],
  ["nf_hook_thresh", 1],
  ["neigh_event_send", 0],
  ["raw_local_deliver", 0],
  ["xfrm4_policy_check", 1],
  ["icmpv4_xrlim_allow", 1],
  ["udp_lib_checksum_complete", 0],
  ["__skb_checksum_complete", 0],
  ["udp_lib_lport_inuse", 0],
  ["inet_is_reserved_local_port", 0],
  ["enqueue_to_backlog", 0],
  ["ip_options_echo", 0],
  ["e1000_tx_csum", 0],
]);

/** An errno, as a function returns it. */
export function isErrno(value: Value | undefined): boolean {
  return typeof value === "number" && value < -1 && value >= -133;
}

/** Rounds that the kernel makes again and again: of interest only where they find something to do. */
const ROUNDS: ReadonlySet<string> = new Set([
  "neigh_periodic_work",
  "rt_worker_func",
  "rt_check_expire",
  "peer_check_expire",
  "cleanup_once",
  "inet_frag_secret_rebuild",
]);

function isUneventful(body: readonly Item[]): boolean {
  return body.every((item) => item.ev === "call" && ROUNDS.has(item.fn) && isUneventful(item.body));
}

/** What bookkeeping says of any plain send. Whatever else it says is there because something is not as usual. */
export const USUAL: ReadonlySet<string> = new Set([
  "0.x.x.x and 255.255.255.255 count as broadcast",
  "data still referenced by a clone: not freed",
  "a packet on its way out (AT_EGRESS), for traffic control's actions",
  "DF set and connected: IP id from the socket's counter",
  "DF set: never fragmented, IP id is 0",
  "path MTU discovery: set DF",
  "the backlog was empty: raise NET_RX_SOFTIRQ",
  "no options to free",
  "threads share the descriptor table: take a reference",
  "fget_light took no reference: none to give back",
  "free the options",
  "give back the reference that fget_light took",
  "no audit rule: no record of this call is made",
  "no rate limit on loopback",
  "no route in this table",
  "not in table local: not a local address",
  "checksum need not be verified",
  "checksum verification deferred until the data is copied",
  "the link-layer address is valid",
  "next IP id for this destination",
  "route matches",
  "tracepoint is off: no probe is called",
]);

/** The end of a datagram, short of where it was to go. */
export function isLoss({ fate }: Pick<FateEvent, "fate">): boolean {
  return fate === "dropped" || fate === "refused";
}

function isUsualReason(reason: Reason): boolean {
  if (reason.ev === "fate" && isLoss(reason)) return false;
  return reason.text === "" || USUAL.has(reason.text);
}

/** Nothing unusual is said in it, nobody sleeps, no frame passes and no other context begins. */
function isUsual(body: readonly Item[]): boolean {
  for (const item of body) {
    if (item.ev === "call") {
      if (!isUsual(item.body)) return false;
    } else if (item.ev === "note" || item.ev === "fate") {
      if (!isUsualReason(item)) return false;
    } else if (item.ev !== "count" && item.ev !== "dump") return false;
  }
  return true;
}

/** Whether the default view folds this call away: bookkeeping that went as it always does. */
export function isQuiet(call: Pick<Call, "fn" | "ret" | "body">): boolean {
  if (ROUNDS.has(call.fn)) return isUneventful(call.body);
  if (!QUIET.has(call.fn)) return false;
  const bland = BLAND.get(call.fn);
  const asEver = bland === undefined ? !isErrno(call.ret) || UNASKED.has(call.fn) : call.ret === bland;
  return asEver && isUsual(call.body);
}

/** Their errno is an ordinary answer: no other policy, not ours. */
const UNASKED: ReadonlySet<string> = new Set(["__xfrm_lookup", "xfrm_lookup"]);
