/** What is asked about several runs: in which partition each is, and how to ask a partition about its own. */
export interface AskEach<Item, Answer> {
  readonly items: readonly Item[];
  partitionOf(item: Item): number;
  /** Gives an answer for each item, in their order. */
  ask(partition: number, items: readonly Item[]): Promise<readonly Answer[]>;
}

/** Asks all partitions that are concerned at once; the answers are in the order of the items. */
export async function askEach<Item, Answer>(asked: AskEach<Item, Answer>): Promise<Answer[]> {
  const places = Map.groupBy(asked.items.keys(), (at) => asked.partitionOf(itemAt(asked.items, at)));
  const answers: Answer[] = [];
  await Promise.all(
    places.entries().map(async ([partition, ats]) => {
      const found = await asked.ask(
        partition,
        ats.map((at) => itemAt(asked.items, at)),
      );
      for (const [index, at] of ats.entries()) answers[at] = itemAt(found, index);
    }),
  );
  return answers;
}

/** The item of a number, which there is. */
export function itemAt<Item>(items: readonly Item[], at: number): Item {
  if (at >= items.length) throw new Error(`There is no item ${at}.`);
  return items[at] as Item; // because it was just looked whether there is one; it may be undefined itself
}
