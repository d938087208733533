// One write port, one read port, a clock cycle to read: what a two-port SRAM macro does, and what replaces it here.
module memory #(
    parameter WIDTH = 8,
    parameter DEPTH = 16,
    parameter ABITS = 4
) (
    input  wire             clk,
    input  wire             write,
    input  wire [ABITS-1:0] write_address,
    input  wire [WIDTH-1:0] write_data,
    input  wire [ABITS-1:0] read_address,
    output reg  [WIDTH-1:0] read_data
);
    reg [WIDTH-1:0] cells [0:DEPTH-1];

    always @(posedge clk) begin
        if (write) cells[write_address] <= write_data;
        read_data <= cells[read_address];
    end
endmodule
