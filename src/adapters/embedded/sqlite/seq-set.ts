const PAGE_BITS = 65_536;

/** A set of event numbers, one bit each: numbers are dense, and a store may hold a hundred million. */
export class SeqSet {
  readonly #pages = new Map<number, Uint8Array>();

  /** False when it was in there before. */
  add(seq: number): boolean {
    const page = this.#pages.get(Math.floor(seq / PAGE_BITS)) ?? this.#newPage(seq);
    const { byte, mask } = placeOf(seq);
    const before = page[byte] ?? 0;
    page[byte] = before | mask;
    return (before & mask) === 0;
  }

  has(seq: number): boolean {
    const { byte, mask } = placeOf(seq);
    return ((this.#pages.get(Math.floor(seq / PAGE_BITS))?.[byte] ?? 0) & mask) !== 0;
  }

  #newPage(seq: number): Uint8Array {
    const page = new Uint8Array(PAGE_BITS / 8);
    this.#pages.set(Math.floor(seq / PAGE_BITS), page);
    return page;
  }
}

function placeOf(seq: number): { readonly byte: number; readonly mask: number } {
  const bit = seq - Math.floor(seq / PAGE_BITS) * PAGE_BITS;
  return { byte: Math.floor(bit / 8), mask: 1 << (bit % 8) };
}
