export interface Account {
  readonly id: number;
}
