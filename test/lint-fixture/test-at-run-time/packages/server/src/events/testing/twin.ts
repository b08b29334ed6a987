export const twin = 1;
