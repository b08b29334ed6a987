export const escape = 1;
