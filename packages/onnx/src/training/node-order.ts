// onnxruntime runs nodes in the order in which a search from the last leaf meets them. As they are recorded, that puts the
// gradients of all weights behind the whole way back, and what they are made of waits in memory. With the nodes that
// lead to a single output at the end of the file, those of the first layers first, each is used and freed on the way.

import type { Edge, Graph, GraphNode } from '../graph.js';

/** The same graph in an order that frees early. */
export function freeEarly(graph: Graph): Graph {
  const producers = new Map<Edge, GraphNode>();
  for (const node of graph.nodes) for (const output of node.outputs) producers.set(output, node);
  /** The place of the only output that a node leads to. */
  const leadsTo = new Map<GraphNode, number | 'several'>();
  const mark = (edge: Edge, to: number | 'several') => {
    const node = producers.get(edge);
    if (!node) return;
    const known = leadsTo.get(node);
    leadsTo.set(node, known === undefined || known === to ? to : 'several');
  };
  graph.outputs.forEach((output, place) => {
    mark(output, place);
  });
  for (const node of graph.nodes.toReversed())
    for (const input of node.inputs) mark(input, leadsTo.get(node)!);

  const shared = graph.nodes.filter((node) => leadsTo.get(node) === 'several');
  const groups = new Map<number | 'several', GraphNode[]>();
  for (const node of graph.nodes) {
    const place = leadsTo.get(node)!;
    if (place === 'several') continue;
    groups.set(place, [...(groups.get(place) ?? []), node]);
  }
  // They were recorded on the way back, the last layer's first.
  return { ...graph, nodes: [...shared, ...[...groups.values()].toReversed().flat()] };
}
