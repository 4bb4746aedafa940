package main

import (
	"fmt"
	"strings"
)

// product is one thing on sale.
type product struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Cents int    `json:"cents"`
}

// catalogue is what is on sale: the products 1 to 48.
func catalogue() []product {
	var all []product
	for _, colour := range []string{"red", "green", "blue", "white", "black", "grey"} {
		for _, thing := range []string{"chair", "table", "lamp", "shelf", "desk", "stool", "bench", "rug"} {
			id := len(all) + 1
			all = append(all, product{ID: id, Name: fmt.Sprintf("%s %s", colour, thing), Cents: 1000 + 250*id})
		}
	}
	return all
}

// matching are the products with a text in their name.
func matching(all []product, text string) []product {
	found := []product{}
	for _, p := range all {
		if strings.Contains(p.Name, strings.ToLower(text)) {
			found = append(found, p)
		}
	}
	return found
}
