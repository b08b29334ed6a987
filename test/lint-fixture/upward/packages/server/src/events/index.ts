export const told = 1;
