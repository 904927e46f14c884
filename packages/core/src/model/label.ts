export interface Label {
  /** What people read: `Dog`. */
  readonly name: string;
  /** AudioSet's machine identifier: `/m/0bt9lr`. */
  readonly mid?: string;
}

/** How a classifier's logits become scores: `multi_label` by sigmoid, `single_label` by softmax. */
export type ProblemType = 'multi_label_classification' | 'single_label_classification';
