package okta

// Ids of the demo org, the same in every process.
const (
	DemoApp     = "0oaApolloDemo0000001"
	DemoWiki    = "0oaWikiDemo000000002"
	DemoSales   = "00gSalesDemo00000001"
	DemoStaff   = "00gStaffDemo00000002"
	demoSources = "00gSourceDemo0000003"
)

// SeedDemo fills an org with the app that people leave, another app, and three
// groups: sales gives both apps, staff only the other one, and the third comes
// from a directory elsewhere and gives nothing. Each email has the app by the way
// that it is listed under.
func (s *Simulator) SeedDemo(app App, direct, bySales []string) {
	app.ID = DemoApp
	s.AddApp(app)
	s.AddApp(App{ID: DemoWiki, Label: "Wiki"})
	s.AddGroup(Group{ID: DemoSales, Name: "Sales"})
	s.AddGroup(Group{ID: DemoStaff, Name: "Staff"})
	s.AddGroup(Group{ID: demoSources, Name: "Directory", Type: "APP_GROUP"})
	s.GiveGroup(DemoApp, DemoSales)
	s.GiveGroup(DemoWiki, DemoSales)
	s.GiveGroup(DemoWiki, DemoStaff)
	for _, email := range direct {
		id := s.AddUser(User{Email: email})
		s.Join(DemoStaff, id)
		s.Give(DemoApp, id)
	}
	for _, email := range bySales {
		id := s.AddUser(User{Email: email})
		s.Join(DemoSales, id)
		s.Join(demoSources, id)
	}
}
